"""The files of the repository: reading, writing, pictures and strict YAML."""
