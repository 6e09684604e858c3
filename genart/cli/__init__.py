"""The command ``genart``: a skin over the library, one small module a verb."""
