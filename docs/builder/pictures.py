# SPDX-License-Identifier: BSD-3-Clause
"""pictures.py - drawings made from the facts: the floors from the build, state machines from the rows, a sequence from a trace.
"""
import html
import re
import subprocess

STYLE = ('bgcolor="transparent"; fontname="Helvetica"; node [fontname="Helvetica" fontsize=11 shape=box style="rounded,filled" '
         'fillcolor="#eef3f8" color="#4a6d8c" fontcolor="#10202e"]; edge [fontname="Helvetica" fontsize=9 color="#4a6d8c" '
         'fontcolor="#38556e"];')


def draw(dot, out):
    """Have Graphviz draw a text in its language. What it has to say about it is an error."""
    done = subprocess.run(['dot', '-Tsvg', '-o', out], input=dot.encode(), stderr=subprocess.PIPE, check=True)
    if done.stderr:
        raise SystemExit(f'dot, of {out.name}: {done.stderr.decode()}')


def floors(root):
    """The floors of libsim/, from the build that enforces them, in the words of ARCHITECTURE.md."""
    order = re.search(r'set\(RMMSIM_FLOORS (.*?)\)', root.joinpath('CMakeLists.txt').read_text()).group(1).split()
    words = dict(re.findall(r'^(\w+) +(\S.*)$', root.joinpath('ARCHITECTURE.md').read_text().split('```')[1], re.M))
    rows = ''.join(
        f'<tr><td align="left"><b>{floor}</b></td><td align="left">{html.escape(words[floor])}</td></tr>'
        for floor in reversed(order))
    return (f'digraph floors {{ {STYLE} node [shape=plain style=""]; stack [label=<<table border="0" cellborder="1" '
            f'cellspacing="3" cellpadding="6" color="#4a6d8c" bgcolor="#eef3f8">{rows}</table>>]; }}')


def machine(name, states, edges):
    """One object: its states, and an edge for each pair of them with the commands that take it."""
    by_pair = {}
    for first, second, command in edges:
        by_pair.setdefault((first, second), []).append(command)
    out = [f'digraph {name} {{ {STYLE} rankdir=TB; nodesep=0.5; ranksep=0.6;']
    out += [f'"{state}" [tooltip="{html.escape(meaning)}"];' for state, meaning in states]
    out += ['"{}" -> "{}" [label="{}"];'.format(first, second, '\\n'.join(dict.fromkeys(commands)))
            for (first, second), commands in by_pair.items()]
    return '\n'.join(out) + '\n}\n'


def sequence(build, folder):
    """A concurrent PSCI run that an example records, as a page to step through."""
    trace = folder / 'psci.trace'
    subprocess.run([build / 'examples' / 'record_psci', trace], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([build / 'tools' / 'rmmsim', 'draw', '--html', '-o', folder / 'psci.html', trace], check=True)
