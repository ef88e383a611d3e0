"""What an analyst does with releases: how they are told, and how files of them are written."""
