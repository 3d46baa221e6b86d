"""Type `certificate`: reads the certificate that a TLS server shows, trusted or not."""

import ssl
from datetime import timedelta

from pydantic import Field, JsonValue

from functions.runners.contract import RunContext, RunnerParams
from functions.runners.network.connection import Dialer, Lookup, dialer, look_up, system_trust
from functions.runners.network.x509 import Certificate, read_certificate
from schedule_model.errors import RunnerError
from schedule_model.run_result import RunResult


class Params(RunnerParams):
    """Whose certificate to read.

    Attributes:
        host: a name or an address.
        port: 1 to 65535.
        server_name: the name asked for in the handshake and expected in the certificate; the host if left out.
        warn_days: the run fails when fewer whole days than this are left.
        timeout_seconds: for everything together; more than 0, at most 900.
    """

    host: str = Field(min_length=1, max_length=253, pattern=r"^[^\s/@]+$", examples=["example.com"])
    port: int = Field(default=443, ge=1, le=65535, examples=[443])
    server_name: str | None = Field(default=None, min_length=1, max_length=253, examples=["example.com"])
    warn_days: int | None = Field(default=None, ge=0, le=3650, examples=[14])
    timeout_seconds: float = Field(default=10, gt=0, le=900, examples=[10])


def run(params: Params, context: RunContext) -> RunResult:
    """Shake hands and report the certificate; one that is expired or not trusted is reported too.

    Raises:
        RunnerError: retryable when the server cannot be reached or speaks no TLS; not retryable when the address is
            refused or the certificate runs out within `warn_days`.
    """
    return inspect(params, context, look_up)


def inspect(params: Params, context: RunContext, lookup: Lookup) -> RunResult:
    """Do what `run` does, resolving the host with `lookup`.

    Raises:
        RunnerError: as `run`.
    """
    clock = context.clock
    end = min(context.deadline, clock.now() + timedelta(seconds=params.timeout_seconds))
    dial = dialer(clock, end, lookup)
    shown = f"{params.host}:{params.port}"
    try:
        der, distrust = _fetch(params, dial)
        certificate = read_certificate(der)
    except TimeoutError:
        raise RunnerError(f"{shown} did not answer in time; raise params.timeout_seconds if it is slow") from None
    except ssl.SSLError as error:
        text = f"{shown}: the TLS handshake failed ({error.reason or error}); check that the port speaks TLS"
        raise RunnerError(text) from None
    except OSError as error:
        raise RunnerError(f"{shown} could not be reached: {error.strerror or error}") from None
    except ValueError as error:
        raise RunnerError(f"{shown}: {error}", is_retryable=False) from None
    days_left = (certificate.valid_to - clock.now()) // timedelta(days=1)
    if params.warn_days is not None and days_left < params.warn_days:
        raise RunnerError(_warning(shown, certificate, days_left, params.warn_days), is_retryable=False)
    return RunResult(output=_report(certificate, distrust, days_left=days_left))


def _fetch(params: Params, dial: Dialer) -> tuple[bytes, str | None]:
    """Return the certificate and why it is not trusted, None if it is."""
    addresses = dial.resolve(params.host, params.port)
    name = params.server_name or params.host
    trusting = system_trust()
    try:
        return _certificate(dial.secure(dial.connect(addresses, params.port), name, trusting)), None
    except ssl.SSLCertVerificationError as error:
        distrust = error.verify_message
    # The first handshake broke off at the certificate, so a second one that trusts anything has to fetch it.
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname = False
    anything.verify_mode = ssl.CERT_NONE
    return _certificate(dial.secure(dial.connect(addresses, params.port), name, anything)), distrust


def _certificate(secured: ssl.SSLSocket) -> bytes:
    with secured:
        return secured.getpeercert(binary_form=True) or b""


def _report(certificate: Certificate, distrust: str | None, *, days_left: int) -> JsonValue:
    return {
        "issuer": certificate.issuer,
        "subject": certificate.subject,
        "valid_from": certificate.valid_from.isoformat().replace("+00:00", "Z"),
        "valid_to": certificate.valid_to.isoformat().replace("+00:00", "Z"),
        "days_left": days_left,
        "alternative_names": list(certificate.names),
        "fingerprint_sha256": certificate.fingerprint,
        "trusted": distrust is None,
        "distrust_reason": distrust,
    }


def _warning(shown: str, certificate: Certificate, days_left: int, warn_days: int) -> str:
    until = f"{certificate.valid_to:%Y-%m-%d}"
    state = f"runs out in {days_left} days, on {until}" if days_left >= 0 else f"ran out on {until}"
    return f"{shown}: the certificate {state}, fewer than {warn_days} days from now; renew it"
