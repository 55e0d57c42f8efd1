"""Lambda functions forget where their dead letters and their log go: every plan sets both again.

Without a choice Lambda logs plain text to `/aws/lambda/NAME`.
"""

from typing import Any

from moto.awslambda.models import LambdaFunction

from streamflix_cli.local.control_plane.patch import Method, wrap

DEAD_LETTER = "DeadLetterConfig"
LOGGING = "LoggingConfig"


def _store(initialize: Method) -> Method:
    def __init__(  # noqa: N807
        self: LambdaFunction, account_id: str, spec: dict[str, Any], *arguments: Any, **keywords: Any
    ) -> None:
        self.__dict__.update({key: spec.get(key) for key in (DEAD_LETTER, LOGGING)})
        initialize(self, account_id, spec, *arguments, **keywords)

    return __init__


def _update(update: Method) -> Method:
    def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
        self.__dict__.update({key: config_updates[key] for key in (DEAD_LETTER, LOGGING) if key in config_updates})
        configuration: dict[str, Any] = update(self, config_updates)
        return configuration

    return update_configuration


def _show(get: Method) -> Method:
    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        configuration: dict[str, Any] = get(self, on_create)
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        configuration[LOGGING] = {**default, **(self.__dict__.get(LOGGING) or {})}
        dead_letter = self.__dict__.get(DEAD_LETTER)
        if dead_letter and dead_letter.get("TargetArn"):
            configuration[DEAD_LETTER] = dead_letter
        return configuration

    return get_configuration


def apply() -> None:
    """Stores, updates and shows them."""
    wrap(LambdaFunction, "__init__", _store)
    wrap(LambdaFunction, "update_configuration", _update)
    wrap(LambdaFunction, "get_configuration", _show)
