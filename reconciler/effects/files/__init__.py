"""The files of the repository: reading, writing, pictures and strict YAML.

Every path comes from a pull request and is foreign. What follows no link and reads no more than its limit lives here;
what the content means belongs to `core/reading`.
"""
