"""The master: hands out tasks, keeps their results. Never imported by the worker: the embedded one is started as a program."""
