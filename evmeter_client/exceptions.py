"""What can go wrong while talking to EV-Meter, one class per way to handle it."""

from __future__ import annotations


class EVMeterError(Exception):
    """Base class of every error this library raises.

    - `EVMeterConfigError` (a ``ValueError``): a setting or an argument is wrong; nothing was sent.
    - `EVMeterConnectionError`: the broker cannot be reached or refused us.
        - `EVMeterConnectionLostError`: the connection dropped while a request was open.
        - `EVMeterAuthenticationError`: the broker does not accept the credentials.
    - `EVMeterTimeoutError` (a ``TimeoutError``): the charger did not answer in time.
    - `EVMeterProtocolError`: bytes arrived that are not a valid message.
    - `EVMeterCommandError`: the charger answered, and refused.
    - `EVMeterUnsupportedError`: this dialect cannot do that; nothing was sent.
    - `EVMeterClosedError`: the client is closed.
    """


class EVMeterConfigError(EVMeterError, ValueError):
    """A setting or an argument is not usable; nothing was sent.

    Attributes:
        key: name of the setting or argument at fault, for a form to show the error at its field.
    """

    def __init__(self, key: str, message: str) -> None:
        """Name the setting at fault and say what is wrong with it."""
        super().__init__(f"{key}: {message}")
        self.key = key


class EVMeterConnectionError(EVMeterError):
    """The broker could not be reached, or refused the connection."""


class EVMeterConnectionLostError(EVMeterConnectionError):
    """The connection dropped while a request was waiting for its answer."""


class EVMeterAuthenticationError(EVMeterConnectionError):
    """The broker refused the user name, the password or the client certificate."""


class EVMeterTimeoutError(EVMeterError, TimeoutError):
    """The charger did not answer within the request timeout."""


class EVMeterProtocolError(EVMeterError):
    """A message arrived that does not follow its dialect."""


class EVMeterCommandError(EVMeterError):
    """The charger understood the request and refused it.

    Attributes:
        code: machine-readable code of the JSON dialect, such as ``out_of_range``.
        message: the charger's own words.
    """

    def __init__(self, code: str, message: str) -> None:
        """Keep the charger's error code and its words."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class EVMeterUnsupportedError(EVMeterError):
    """The dialect in use has no way to do this; nothing was sent."""


class EVMeterClosedError(EVMeterError):
    """The client was closed, or not yet connected."""
