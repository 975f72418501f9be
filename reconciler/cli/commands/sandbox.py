"""`reconciler sandbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

if TYPE_CHECKING:
    from reconciler.effects.world import Context

# A shop owner edits these texts on the phone.
_EDITABLE = ("about", "address", "description", "email")


@click.command("sandbox")
@flag("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Where to listen; 0 picks one.")
@flag(
    "--edit",
    type=(str, click.Choice(_EDITABLE), str),
    metavar="NUMBER FIELD TEXT",
    default=None,
    help="Serve nothing: change a field of a number, as an edit on the phone would.",
)
@common
def command(common: Common, port: int, edit: tuple[str, str, str] | None) -> int:
    """Serve a stand-in for the providers' APIs on 127.0.0.1, with the same data as `endpoint: sandbox`."""
    if edit is not None:
        return _edited(common, *edit)
    return _served(common, port)


def _served(common: Common, port: int) -> int:
    from dataclasses import replace

    from reconciler.cli.output import print_stderr
    from reconciler.core.basics import EnvironmentProblem
    from reconciler.effects.http.connection import sandbox_application
    from reconciler.pipeline.validating import sandbox_numbers_run
    from reconciler.sandbox.serve import serve

    url = f"http://127.0.0.1:{port}"
    context = common.context()
    # Profiles that already point here belong to this sandbox, also if the environment allows another endpoint.
    context = replace(context, environ={**context.environ, "RECONCILER_ALLOW_ENDPOINT": url})
    app = sandbox_application(sandbox_numbers_run(context), context)

    def ready(port: int) -> None:
        print_stderr(f"Listening on http://127.0.0.1:{port}; stop it with Ctrl-C.")
        print_stderr(
            f"To use it: `endpoint: http://127.0.0.1:{port}` and RECONCILER_ALLOW_ENDPOINT=http://127.0.0.1:{port}"
        )

    try:
        serve(app, port=port, ready=ready)
    except OSError as problem:
        raise EnvironmentProblem(f"{url} cannot be served: {problem.strerror}; choose another --port") from None
    return 0


def _edited(common: Common, number: str, field: str, text: str) -> int:
    """Change one field in the sandbox's world, and say so."""
    from reconciler.cli.output import emit
    from reconciler.core.formats import RESULT_FORMAT
    from reconciler.render.json import dumps
    from reconciler.render.safe_text import terminal
    from reconciler.sandbox.world import World

    context = common.context()
    provider, address, shown = _found(context, number)
    World(context.world).edit(provider, address, **{field: text})
    if common.json:
        emit(dumps({"format_version": RESULT_FORMAT, "number": shown, "field": field, "text": text, "exit_code": 0}))
    else:
        emit(f"{terminal(shown)} now shows another {field}: {terminal(text)}")
    return 0


def _found(context: Context, number: str) -> tuple[str, str, str]:
    """Return the provider, the address and the number of a profile in the sandbox; raises EnvironmentProblem."""
    from reconciler.core.basics import EnvironmentProblem
    from reconciler.core.comparing.spellings import is_same_number, number_shown
    from reconciler.effects.http.connection import sandbox_application
    from reconciler.pipeline.validating import sandbox_numbers_run

    numbers = sandbox_numbers_run(context)
    # The world learns the numbers, and a file that cannot be used as one is reported.
    sandbox_application(numbers, context)
    for provider, address, shown, _ in numbers:
        if is_same_number(shown, number_shown(number)):
            return provider, address, shown
    known = ", ".join(shown for _, _, shown, _ in numbers) or "none"
    raise EnvironmentProblem(f"no profile has the number {number}; the profiles' numbers: {known}")
