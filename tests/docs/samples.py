#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""samples.py - every code sample of README and guide is part of a file that the suite builds and runs.   samples.py ROOT

A block in a programming language stands below a line that names its file. Its lines are lines of that file, in their order and without a
gap, apart from how deep they are indented as a whole; a line of dots alone leaves some out. Blocks that are indented are for what programs
print and for commands: one that looks like C is a sample without a file.
"""
import pathlib
import re
import sys
import textwrap

LANGUAGES = {'c', 'rust', 'python', 'cmake', 'toml'}
BUILT = ('examples/', 'tests/', 'bindings/')  # what the suite builds and runs
RUN_AS_THEY_STAND = {'docs/install.md': 'tests/outside/install_page.sh'}  # pages whose blocks a test takes from the page itself
FILE = re.compile(r'\b((?:examples|tests|bindings)/[\w./-]+\.\w+|CMakeLists\.txt)')

root = pathlib.Path(sys.argv[1])
wrong = []


def pieces(block):
    """The runs of lines between lines of dots, each as deep as it stands."""
    run = []
    for line in block + ['...']:
        if line.strip() == '...':
            if run:
                yield textwrap.dedent('\n'.join(run)).split('\n')
            run = []
        else:
            run.append(line)


def find(piece, lines, start):
    """Where a piece begins in a file, at or behind a line; -1: nowhere."""
    for i in range(start, len(lines) - len(piece) + 1):
        depth = len(lines[i]) - len(lines[i].lstrip())
        if all(p == l[depth:].rstrip() and not l[:depth].strip() for p, l in zip(piece, lines[i:])):
            return i
    return -1


def check_block(page, number, name, block):
    if name is None:
        wrong.append(f'{page}:{number}: no line above this block names its file')
    elif not name.startswith(BUILT) or not root.joinpath(name).exists():
        wrong.append(f'{page}:{number}: {name} is no file that the suite runs')
    else:
        lines = root.joinpath(name).read_text().split('\n')
        at = 0
        for piece in pieces(block):
            at = find(piece, lines, at)
            if at < 0:
                wrong.append(f'{page}:{number}: not in {name} like this: {piece[0].strip()}')
                return
            at += len(piece)


def check_page(page):
    lines = root.joinpath(page).read_text().split('\n')
    name, samples, number = None, 0, 0
    while number < len(lines):
        line = lines[number]
        fence = re.match(r'^```(\w*)$', line)
        if fence:
            end = lines.index('```', number + 1)
            if fence.group(1) in LANGUAGES:
                samples += 1
                check_block(page, number + 1, name, lines[number + 1:end])
                name = None
            number = end
        else:
            named = FILE.findall(line)
            name = named[-1] if named else name
            if re.match(r'^ {4,}\S.*(\);|\};|= .*;|^ {4,}return .*;)$', line):
                wrong.append(f'{page}:{number + 1}: this looks like C, in no block that names its file')
        number += 1
    return samples


pages = ['README.md'] + sorted(str(p.relative_to(root)) for p in root.glob('docs/*.md'))
for page, script in RUN_AS_THEY_STAND.items():
    pages.remove(page)
    if page not in root.joinpath(script).read_text():
        wrong.append(f'{page}: {script} does not run it')
total = sum(check_page(page) for page in pages)
for line in wrong:
    print(line, file=sys.stderr)
print(f'{total} samples on {len(pages)} pages, {len(wrong)} wrong')
sys.exit(1 if wrong or total < 10 else 0)
