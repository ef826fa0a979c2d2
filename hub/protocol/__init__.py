"""The wire language, pure: envelopes, codecs, close codes, payloads. No I/O; clients import it too."""
