"""Pictures: the value type, files and folders of them, colors."""
