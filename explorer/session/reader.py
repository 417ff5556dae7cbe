"""Reader: what the session asks of a network, whoever runs it (`engine.interface`)."""

from explorer.engine.interface import Reader as Reader
