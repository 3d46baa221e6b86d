// The calculator of costs.md. The same model as local/costs.py; tests/integration/test_costs.py compares the two.
"use strict";

const PRICES = {
  write: 0.625e-6,
  read: 0.125e-6,
  sqs: 0.4e-6,
  invocation: 0.2e-6,
  gb_second_arm64: 13.3334e-6,
  gb_second_x86_64: 16.6667e-6,
  log_gb: 0.5,
  scheduler: 1e-6,
};
const MINUTES = 730 * 60;
const MEMORY_GB = 0.5;
const OVERHEAD_MS = 30;
const DISPATCH_MS = 15;
const SHARDS = 16;
const MINUTES_SWEPT = 5;
const POLLS_PER_MINUTE = 15;
const RECONCILE_LOOKS = MINUTES / 15;
const RECONCILE_PER_MINUTE = 200;
const LOOK_RRU = 1.03;
const SCHEDULER_FREE = 14_000_000;

function costs(load) {
  const gbSecond = PRICES[`gb_second_${load.architecture}`];
  const retries = load.attempts - 1;
  const looks = Math.min(load.targets * RECONCILE_LOOKS, RECONCILE_PER_MINUTE * MINUTES);
  const timed = 1 - load.near;
  const timers = timed * (1 + load.swept);
  const busyMs = (load.run_ms + OVERHEAD_MS) * load.attempts + DISPATCH_MS * timed;
  const logs = ((load.runs * load.log_bytes) / 1e9) * PRICES.log_gb;
  const parts = {
    writes: load.runs * (2 + timers + 2 * retries) * PRICES.write,
    reads: load.runs * 0.5 * load.attempts * PRICES.read,
    queue: ((load.runs * 3 * load.attempts) / load.batch) * PRICES.sqs,
    invocations: ((load.runs * (timed + load.attempts)) / load.batch) * PRICES.invocation,
    time: (((load.runs * busyMs) / 1000) * MEMORY_GB * gbSecond) / load.batch,
    logs: logs,
    idle:
      MINUTES * PRICES.invocation +
      (MINUTES * (SHARDS * MINUTES_SWEPT + 2) + looks * LOOK_RRU) * PRICES.read +
      (MINUTES + looks / RECONCILE_PER_MINUTE) * PRICES.write +
      MINUTES * POLLS_PER_MINUTE * PRICES.sqs,
  };
  const there =
    Math.max(0, load.runs - SCHEDULER_FREE) * PRICES.scheduler +
    load.runs * (2 * PRICES.write + PRICES.invocation) * load.attempts +
    ((load.runs * (load.run_ms + OVERHEAD_MS) * load.attempts) / 1000) * MEMORY_GB * gbSecond +
    logs;
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { ...parts, total: total, eventbridge: there };
}

function dollars(amount) {
  return amount.toLocaleString("en-US", { style: "currency", currency: "USD" });
}

function show(form) {
  const load = {};
  for (const field of form.querySelectorAll("input, select")) {
    if (!field.checkValidity()) {
      return;
    }
    load[field.name] = field.tagName === "SELECT" ? field.value : Number(field.value);
  }
  load.near = load.near / 100;
  load.swept = load.swept / 100;
  for (const [name, amount] of Object.entries(costs(load))) {
    form.querySelector(`output[name="${name}"]`).textContent = dollars(amount);
  }
}

if (typeof document !== "undefined") {
  const form = document.getElementById("costs");
  if (form) {
    form.addEventListener("input", () => show(form));
    form.addEventListener("submit", (event) => event.preventDefault());
    show(form);
  }
} else {
  module.exports = { costs };
}
