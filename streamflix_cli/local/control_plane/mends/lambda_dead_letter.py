"""Lambda functions forget their dead-letter configuration: every plan sets it again."""

from typing import Any

from moto.awslambda.models import LambdaFunction

from streamflix_cli.local.control_plane.patch import Method, wrap

KEY = "DeadLetterConfig"


def _store(initialize: Method) -> Method:
    def __init__(  # noqa: N807
        self: LambdaFunction, account_id: str, spec: dict[str, Any], *arguments: Any, **keywords: Any
    ) -> None:
        self.__dict__[KEY] = spec.get(KEY)
        initialize(self, account_id, spec, *arguments, **keywords)

    return __init__


def _update(update: Method) -> Method:
    def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
        if KEY in config_updates:
            self.__dict__[KEY] = config_updates[KEY]
        configuration: dict[str, Any] = update(self, config_updates)
        return configuration

    return update_configuration


def _show(get: Method) -> Method:
    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        configuration: dict[str, Any] = get(self, on_create)
        dead_letter = self.__dict__.get(KEY)
        return {**configuration, KEY: dead_letter} if dead_letter else configuration

    return get_configuration


def apply() -> None:
    """Stores, updates and shows it."""
    wrap(LambdaFunction, "__init__", _store)
    wrap(LambdaFunction, "update_configuration", _update)
    wrap(LambdaFunction, "get_configuration", _show)
