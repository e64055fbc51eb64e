#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""program.py - man pages of section 1 from what a program says of itself: one for it and one a sub-command.

program.py OUT_DIR PROGRAM

--help begins with "usage:" and an empty line. Its sub-commands are listed as "  NAME   what it does"; each has a --help of its own.
"""
import os
import re
import subprocess
import sys

from roff import WIDTH, code_block, prose, verbatim, wrapped


def said(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True, encoding="utf-8").stdout


def blocks(text):
    return [block.split("\n") for block in re.split(r"\n\n+", text.strip("\n"))]


def sub_commands(text, program):
    """(name, what it does) of each."""
    listed = [block for block in blocks(text) if re.match(r"  [a-z]+ {2,}\S", block[0])]
    if not listed:
        sys.exit(f"{program} --help lists no sub-commands")
    return [re.match(r"  ([a-z]+) +(.*)", line).groups() for line in listed[0]]


def terms(block):
    """Lines of a word and what it means, the meanings one below the other."""
    column = re.match(r"  \S.*? {2,}", block[0]).end()
    out = []
    for line in block:
        term, meaning = line[:column].strip(), line[column:].strip()
        out += [".TP", r"\fB" + verbatim(term) + r"\fR"] if term else []
        out += [prose(meaning)] if meaning else []
    return out


def body(block, name):
    if block[0].startswith("  " + name):
        return [".PP", ".RS 2"] + code_block([line[2:] for line in block]) + [".RE"]
    if re.match(r"  \S.*? {2,}\S", block[0]):
        return terms(block)
    return [".PP"] + [prose(line.strip()) for line in block]


def page(title, version, purpose, text, program, see):
    usage, *rest = blocks(text)
    lines = [re.sub(r"^(usage:|      ) ", "", line) for line in usage]
    out = [rf'.\" Made from {program} \-\-help: change that.', f'.TH {title.upper()} 1 "" "{version}" "{program}"',
           ".SH NAME", verbatim(title) + r" \- " + prose(purpose), ".SH SYNOPSIS", ".nf"]
    out += [r"\fB" + verbatim(part) + r"\fR" for line in lines for part in wrapped(line, WIDTH, rest=" " * 8)] + [".fi", ".SH DESCRIPTION"]
    for block in rest:
        out += body(block, program) if " ".join(block).rstrip(".") != purpose else []
    return "\n".join(out + [".SH SEE ALSO", " ,\n".join(rf".BR \%{verbatim(name)} ({section})" for name, section in see)]) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, program = sys.argv[1:]
    name = os.path.basename(program)
    version = said(program, "--version").strip()
    general = said(program, "--help")
    commands = sub_commands(general, name)
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))

    def write(title, *arguments):
        with open(os.path.join(folder, title + ".1"), "w", encoding="utf-8") as file:
            file.write(page(title, version, *arguments))

    purpose = " ".join(blocks(general)[1]).rstrip(".")
    write(name, purpose, general, name, [(f"{name}-{command}", 1) for command, _ in commands] + [(name, 3)])
    for command, does in commands:
        write(f"{name}-{command}", does, said(program, command, "--help"), name, [(name, 1)])


main()
