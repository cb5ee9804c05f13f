"""Last words as programs of many languages and their wrappers write them, among harmless noise."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import controllers, past
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app

HARMLESS = (
    "errors will be reported to stderr",
    "registering handler for SIGTERM, SIGINT, fatal-signals=on",
    "DEBUG option panic_on_warn=false",
    "warnings: 0, failures: 0, skipped: 3",
    "using fallback timezone UTC",
    "mail.on_error = never",
    "circuit breaker 'quotes' closed (failure rate 0.0%)",
    "deadletter topic: seats.failed",
    "[notice] worker pool ready, 4 workers",
    "GET /docs/error-codes 200 in 12 ms",
)
NEVER = ("error-codes", "panic_on_warn", "fatal-signals", r"seats\.failed", "mail.on_error", "failure rate 0")


def ends_with(draw: Draw, lines: Sequence[str], *says: str, exit_code: int = 1, classes: tuple[str, ...] = ()) -> Told:
    """All its containers end after these lines; a neighbour writes the same harmless ones and serves."""
    app = draw.app()
    break_app(app, exit_code=exit_code, restarts=draw.number(4, 14))
    noise = draw.rng.sample(HARMLESS, draw.number(3, 6))
    for pod in app.pods:
        draw.log(app, [*noise, *lines], pod=pod, every=draw.pick(0.2, 1, 3))
    controllers.fresh(draw, app)
    neighbour = draw.app(app.namespace)
    draw.log(neighbour, draw.rng.sample(HARMLESS, 8) * 3)
    draw.bystanders(1)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=draw.number(7, 14))
    expect = Expect(("cause", "open"), classes, (app.subject,), says, NEVER, may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("logs")
def ruby_that_cannot_load_a_file(draw: Draw) -> Told:
    name = draw.pick("seat_rules", "tariff_book", "zone_map")
    n = draw.number(3, 40)
    lines = [
        f"/usr/local/bundle/gems/bootsnap-1.18.3/lib/bootsnap/core_ext/kernel_require.rb:{n}:in `require': cannot load "
        f"such file -- {name} (LoadError)",
        f"\tfrom /usr/local/bundle/gems/bootsnap-1.18.3/lib/bootsnap/core_ext/kernel_require.rb:{n}:in `require'",
        f"\tfrom /app/config/application.rb:{draw.number(3, 20)}:in `<main>'",
        "\tfrom bin/server:5:in `<main>'",
    ]
    return ends_with(draw, lines, f"cannot load such file.*{name}|{name}")


@situation("logs")
def nil_pointer_with_all_goroutines(draw: Draw) -> Told:
    """What happened stands in the first line, and a page of stacks comes after it."""
    file, line = draw.pick("store", "pricing", "seats"), draw.number(30, 300)
    lines = [
        "panic: runtime error: invalid memory address or nil pointer dereference",
        f"[signal SIGSEGV: segmentation violation code=0x1 addr=0x{draw.number(10, 90)} pc=0x6f1c2b]",
        "",
        "goroutine 1 [running]:",
        f"example.com/shop/{file}.(*Cache).Fill(0x0, {{0x7a1f20, 0xc000120000}})",
        f"\t/src/{file}/cache.go:{line} +0x4b",
        "main.main()",
        "\t/src/main.go:41 +0x1f2",
    ]
    for number in range(18, 18 + draw.number(2, 5)):
        lines += ["", f"goroutine {number} [select]:", "net/http.(*persistConn).writeLoop(0xc0001b6000)"]
    says = ("nil pointer|invalid memory address|SIGSEGV|segmentation",)
    return ends_with(draw, lines, *says, exit_code=2)


@situation("logs")
def framework_that_explains_itself_in_a_box(draw: Draw) -> Told:
    """The headline says nothing; the paragraph below it says all."""
    port = draw.pick(8081, 9404, 7070)
    lines = [
        "",
        "***************************",
        "APPLICATION FAILED TO START",
        "***************************",
        "",
        "Description:",
        "",
        f"Web server failed to start. Port {port} was already in use.",
        "",
        "Action:",
        "",
        f"Identify and stop the process that's listening on port {port} or configure this application to listen on "
        "another port.",
        "",
    ]
    return ends_with(draw, lines, rf"{port}.{{1,30}}in use|port {port}")


@situation("logs")
def shell_that_tells_every_step(draw: Draw) -> Told:
    """Traced commands, of which the last but one failed; the trap at the end only repeats its code."""
    base = draw.pick("bookings", "seats", "tariffs")
    code = draw.pick(2, 3)
    lines = [
        "+ set -euo pipefail",
        "+ trap 'echo \"exiting with $?\"' EXIT",
        "+ wait-for db:5432 --timeout=30",
        "db:5432 is up after 1 s",
        f"+ psql -h db -d {base} -f /migrations/0007_add_index.sql",
        f'psql: error: connection to server at "db" (10.2.7.31), port 5432 failed: FATAL:  database "{base}" does not '
        "exist",
        "++ echo 'exiting with 2'".replace("2", str(code)),
        f"exiting with {code}",
    ]
    return ends_with(draw, lines, rf"database.{{1,4}}{base}.{{1,4}}does not exist", exit_code=code)


@situation("logs")
def progress_bar_in_a_single_line(draw: Draw) -> Told:
    """The bar is drawn over itself, so one line of the log is very long; the message is below it."""
    size = draw.number(4, 13)
    share = draw.number(31, 88)
    bars = [
        f"weights.bin: {n:3d}%|{'█' * (n // 10):<10}| {size * n / 100:.2f}G/{size:.2f}G" for n in range(0, share, 3)
    ]
    place = draw.pick("/cache/models", "/tmp/hub", "/models")
    lines = [
        "\r".join(bars),
        "Traceback (most recent call last):",
        '  File "/app/serve.py", line 12, in <module>',
        '    fetch("weights.bin")',
        f"OSError: [Errno 28] No space left on device: '{place}/weights.bin.part'",
    ]
    return ends_with(draw, lines, "no space left")


@situation("logs")
def unhandled_exception_of_dotnet(draw: Draw) -> Told:
    file = f"/app/{draw.pick('rates', 'zones', 'seats')}.{draw.pick('json', 'xml')}"
    lines = [
        "info: Microsoft.Hosting.Lifetime[0]",
        "      Content root path: /app",
        f"Unhandled exception. System.IO.FileNotFoundException: Could not find file '{file}'.",
        f"File name: '{file}'",
        "   at Microsoft.Win32.SafeHandles.SafeFileHandle.Open(String fullPath, FileMode mode, FileAccess access)",
        f"   at Shop.Program.Main(String[] args) in /src/Program.cs:line {draw.number(9, 60)}",
    ]
    return ends_with(draw, lines, file.replace(".", r"\."), exit_code=134)


@situation("logs")
def keeper_that_gives_up_on_its_worker(draw: Draw) -> Told:
    """The supervisor only counts; what the worker itself said stands between its lines."""
    worker = draw.pick("consumer", "web", "mailqueue")
    file = draw.pick("/var/run/shop/worker.lock", "/data/queue.lock", "/run/seat.pid")
    lines: list[str] = []
    for n in range(1, 4):
        lines += [
            f"INFO spawned: '{worker}' with pid {n * 7}",
            f"{worker}: could not open {file}: Permission denied",
            f"WARN exited: {worker} (exit status {draw.pick(1, 3)}; not expected)",
        ]
    lines += [
        f"INFO gave up: {worker} entered FATAL state, too many start retries too quickly",
        "INFO waiting for all processes to stop",
    ]
    return ends_with(draw, lines, rf"permission denied|{file}")


@situation("logs")
def script_that_used_up_its_own_allowance(draw: Draw) -> Told:
    """The interpreter's limit was reached, not that of the container."""
    size = draw.pick(134217728, 67108864, 33554432)
    file = draw.pick("Report", "Export", "SeatPlan")
    lines = [
        "NOTICE: fpm is running, pid 1",
        f"PHP Fatal error:  Allowed memory size of {size} bytes exhausted (tried to allocate "
        f"{draw.number(20, 90) * 1024} bytes) in /srv/src/{file}.php on line {draw.number(40, 400)}",
        f"NOTICE: exiting after {draw.number(2, 9)} requests, bye-bye!",
    ]
    return ends_with(draw, lines, rf"memory size|{size}|exhausted", exit_code=255)
