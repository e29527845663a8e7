#!/usr/bin/env python3
"""Writes the fenced blocks of a Markdown page to files: `recipes.py PAGE.md DIR` makes DIR/PAGE-00-KIND and so on,
KIND is the text after the backticks, with - for spaces."""

import os
import re
import sys

page, directory = sys.argv[1:]
name = os.path.splitext(os.path.basename(page))[0]
with open(page) as file:
    blocks = re.findall(r"^```(\S[^\n]*)\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
if not blocks:
    sys.exit(f"recipes: no block in {page}")
for number, (kind, text) in enumerate(blocks):
    with open(f"{directory}/{name}-{number:02}-{kind.replace(' ', '-')}", "w") as file:
        file.write(text)
