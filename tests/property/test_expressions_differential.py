"""Our answers beside those of engines written by others, over generated expressions, zones and instants."""

import json
import os
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from cronsim import CronSim
from dateutil.rrule import rrulestr

from schedule_model.expressions import timezone_named
from schedule_model.next_runs import next_runs

CASES = 400
ZONES = ("UTC", "Asia/Kathmandu", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca")
QUARTZ_JARS = ("/usr/share/java/quartz2.jar", "/usr/share/java/slf4j-api.jar", "/usr/share/java/slf4j-nop.jar")


def field(chance: random.Random, lowest: int, highest: int, *, wraps: bool = False) -> str:
    first, last = chance.randint(lowest, highest), chance.randint(lowest, highest)
    if not wraps:
        # A range of one, such as 5-5, means the whole field to croniter.
        first, last = sorted(chance.sample(range(lowest, highest + 1), 2))
    step = chance.randint(1, max(1, (highest - lowest) // 2))
    listed = ",".join(str(n) for n in sorted({chance.randint(lowest, highest) for _ in range(3)}))
    return chance.choice(["*", str(first), listed, f"{first}-{last}", f"*/{step}", f"{first}-{last}/{step}"])


def unix_expression(chance: random.Random) -> str:
    days = field(chance, 1, 31), field(chance, 0, 6)
    # Engines differ on a day field such as */2 beside another: it is left to the named cases.
    day, weekday = (each if not each.startswith("*/") else "*" for each in days)
    month = chance.choice(["*", "*", field(chance, 1, 12)])
    return f"{field(chance, 0, 59)} {field(chance, 0, 23)} {day} {month} {weekday}"


def aws_fields(chance: random.Random, *, knows_days_before_last: bool = True) -> list[str]:
    day = chance.choice([field(chance, 1, 31), "L", "LW", f"{chance.randint(1, 28)}W", f"L-{chance.randint(1, 27)}"])
    if day.startswith("L-") and not knows_days_before_last:
        day = "L"
    weekday = chance.choice(
        ["*", "2-6", "7,1", f"{chance.randint(1, 7)}L", f"{chance.randint(1, 7)}#{chance.randint(1, 5)}"]
    )
    days = [day, "?"] if chance.random() < 0.6 else ["?", weekday]
    month = chance.choice(["*", "*", field(chance, 1, 12)])
    return [
        field(chance, 0, 59),
        field(chance, 0, 23, wraps=True),
        days[0],
        month,
        days[1],
        chance.choice(["*", "2026-2029"]),
    ]


def instant(chance: random.Random) -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 3 * 365 * 1440))


def on_quiet_days(runs: list[datetime], zone: ZoneInfo) -> list[datetime]:
    """Leave out days near a change of the clocks, where engines differ by design: ours is pinned by named cases."""

    def is_quiet(run: datetime) -> bool:
        around = [run + timedelta(days=days) for days in (-1, 1)]
        return len({each.astimezone(zone).utcoffset() for each in around}) == 1

    return [run for run in runs if is_quiet(run)]


@pytest.mark.parametrize("engine", ["croniter", "cronsim"])
def test_unix_cron_agrees_with_an_independent_engine_away_from_clock_changes(engine: str) -> None:
    chance = random.Random(engine)
    for _ in range(CASES):
        text, zone, after = unix_expression(chance), timezone_named(chance.choice(ZONES)), instant(chance)
        local = after.astimezone(zone)
        others = CronSim(text, local) if engine == "cronsim" else croniter(text, local, ret_type=datetime).all_next()
        theirs = [run.astimezone(UTC) for run in islice(others, 12)]
        ours = next_runs(text, zone.key, after=after, count=40)

        expected = on_quiet_days(theirs, zone)
        actual = [run for run in on_quiet_days(ours, zone) if not theirs or run <= theirs[-1]]
        assert actual == expected, (text, zone, after)


def test_a_recurrence_rule_agrees_with_dateutil_asked_from_its_very_start() -> None:
    chance = random.Random(5545)
    for _ in range(CASES):
        start = instant(chance).replace(tzinfo=None) - timedelta(days=1000)
        text = recurrence_rule(chance)
        after = start + timedelta(days=chance.randint(-10, 2500))
        theirs = list(rrulestr(text, dtstart=start).xafter(after, count=4))
        ours = next_runs(f"rrule({text})", after=after.replace(tzinfo=UTC), anchor=start.replace(tzinfo=UTC), count=4)

        assert [run.replace(tzinfo=None) for run in ours] == theirs, (text, start, after)


def test_a_recurrence_rule_within_days_agrees_with_dateutil() -> None:
    chance = random.Random(2445)
    for _ in range(CASES):
        start = instant(chance).replace(tzinfo=None, second=chance.randint(0, 59))
        text = rule_within_days(chance)
        after = start + timedelta(seconds=chance.choice([-1, 0, chance.randint(0, 10**6)]))
        try:
            theirs = list(rrulestr(text, dtstart=start).xafter(after, count=4))
        except ValueError:
            # Its word for a rule whose interval never meets its hours, minutes or seconds.
            theirs = []
        ours = next_runs(f"rrule({text})", after=after.replace(tzinfo=UTC), anchor=start.replace(tzinfo=UTC), count=4)

        assert [run.replace(tzinfo=None) for run in ours] == theirs, (text, start, after)


def rule_within_days(chance: random.Random) -> str:
    """One that matches within some days: dateutil looks at each second until then."""
    frequency, interval = chance.choice(
        [("HOURLY", 1), ("HOURLY", 7), ("MINUTELY", 1), ("MINUTELY", 25), ("SECONDLY", 7), ("SECONDLY", 61)]
    )
    highest = {"BYHOUR": 23, "BYMINUTE": 59, "BYSECOND": 59, "BYMONTHDAY": 28}
    filters = [f"{name}={','.join(str(chance.randint(1, most)) for _ in range(6))}" for name, most in highest.items()]
    chosen = chance.sample([*filters, "BYDAY=MO,WE,TH,SU", "BYMONTH=1,2,3,5,7,8,11"], chance.randint(0, 3))
    if chosen and chance.random() < 0.3:
        chosen.append("BYSETPOS=1,-1" if frequency == "SECONDLY" else "BYSETPOS=-1,2")
    return ";".join([f"FREQ={frequency}", f"INTERVAL={interval}", *chosen])


def recurrence_rule(chance: random.Random) -> str:
    frequency = chance.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"])
    if chance.random() < 0.2:
        place = chance.choice([1, -1])
        return f"FREQ={frequency};INTERVAL={chance.randint(1, 4)};BYDAY=MO,WE,TH,SU;BYHOUR=3,9;BYSETPOS={place}"
    ordinal = chance.choice(["2", "-1", ""]) if frequency in ("YEARLY", "MONTHLY") else ""
    parts = [f"FREQ={frequency}", f"INTERVAL={chance.randint(1, 4)}"]
    parts += chance.sample(["BYMONTH=1,6,10", "BYHOUR=3,9", "WKST=SU", f"BYDAY={ordinal}FR"], chance.randint(0, 3))
    return ";".join([*parts, *(["BYMONTHDAY=5,-1"] if chance.random() < 0.2 and not ordinal else [])])


def test_aws_cron_agrees_with_croner() -> None:
    node = shutil.which("node")
    if node is None or subprocess.run([node, "-e", "require('croner')"], capture_output=True, check=False).returncode:
        pytest.skip("needs Node.js and `npm install croner@11`, found through NODE_PATH")
    chance = random.Random("croner")
    cases = [
        (" ".join(["0", *aws_fields(chance, knows_days_before_last=False)]), instant(chance)) for _ in range(CASES)
    ]
    program = """
        const {Cron} = require('croner');
        const cases = JSON.parse(require('fs').readFileSync(0));
        console.log(JSON.stringify(cases.map(([text, after]) => {
            const cron = new Cron(text, {timezone: 'UTC', alternativeWeekdays: true, paused: true});
            return cron.nextRuns(5, new Date(after * 1000)).map(run => run.getTime() / 1000);
        })));
    """
    texts = [(as_croner_has_it(text), after.timestamp()) for text, after in cases]
    answer = subprocess.run([node, "-e", program], input=json.dumps(texts), capture_output=True, text=True, check=True)

    for (text, after), theirs in zip(cases, json.loads(answer.stdout), strict=True):
        ours = next_runs(f"cron({text[2:]})", after=after)
        assert [run.timestamp() for run in ours] == theirs, (text, after)


def as_croner_has_it(text: str) -> str:
    """Spell out an hour range that runs over midnight, which croner refuses; a ? beside a W means any day to it."""
    fields = text.replace("?", "*").split()
    first, dash, rest = fields[2].partition("-")
    last, _, step = rest.partition("/")
    if dash and int(last) < int(first):
        hours = range(int(first), int(last) + 25, int(step or 1))
        fields[2] = ",".join(str(hour % 24) for hour in hours)
    return " ".join(fields)


def test_aws_cron_agrees_with_quartz(tmp_path: Path) -> None:
    java, jars = shutil.which("java"), os.environ.get("QUARTZ_CLASSPATH", ":".join(QUARTZ_JARS))
    if java is None or not all(Path(jar).exists() for jar in jars.split(":")):
        pytest.skip("needs a JDK and Quartz (Debian: libquartz2-java), or its jars in QUARTZ_CLASSPATH")
    source = tmp_path / "Ask.java"
    source.write_text(QUARTZ_PROGRAM)
    chance = random.Random("quartz")
    cases = [(" ".join(["0", *aws_fields(chance)]), instant(chance)) for _ in range(CASES)]
    asked = "\n".join(f"{int(after.timestamp())}|{text}" for text, after in cases)
    answer = subprocess.run(
        [java, "-cp", jars, str(source)], input=asked, capture_output=True, text=True, check=True, timeout=60
    )

    for (text, after), line in zip(cases, answer.stdout.splitlines(), strict=True):
        ours = next_runs(f"cron({text[2:]})", after=after)
        assert [int(run.timestamp()) for run in ours] == [int(each) for each in line.split()], (text, after)


QUARTZ_PROGRAM = """
import java.util.*;
import org.quartz.CronExpression;
public class Ask {
    public static void main(String[] arguments) throws Exception {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] parts = lines.nextLine().split("\\\\|");
            CronExpression cron = new CronExpression(parts[1]);
            cron.setTimeZone(TimeZone.getTimeZone("UTC"));
            Date run = new Date(Long.parseLong(parts[0]) * 1000);
            StringBuilder runs = new StringBuilder();
            for (int count = 0; count < 5; count++) {
                run = cron.getNextValidTimeAfter(run);
                if (run == null) break;
                runs.append(run.getTime() / 1000).append(' ');
            }
            System.out.println(runs);
        }
    }
}
"""
