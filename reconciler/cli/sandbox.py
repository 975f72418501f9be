"""`reconciler sandbox`."""

from __future__ import annotations

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag


@click.command("sandbox")
@flag("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Where to listen; 0 picks one.")
@common
def command(common: Common, port: int) -> int:
    """Serve a stand-in for the providers' APIs on 127.0.0.1, with the same data as `endpoint: sandbox`."""
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
