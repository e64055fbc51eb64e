# SPDX-License-Identifier: BSD-3-Clause
"""rows.py - what a declaration becomes whose lines come from the rows of <rmmsim/spec/>: names, values, and what the rows say of them."""
import os
import re

DEFINE = re.compile(r"#define (\w+)\(([\w, ]+)\) (.*[^\\])$")
INCLUDE = re.compile(r"#include <(rmmsim/spec/\w+\.def)>")


def arguments(text):
    """What stands between the commas, but for those in brackets and strings."""
    parts, depth, quoted = [""], 0, False
    for c in text:
        quoted ^= c == '"'
        depth += 0 if quoted else (c == "(") - (c == ")")
        if c == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    return [part.strip() for part in parts]


def rows(folder, name, macro):
    """The arguments of each row of a kind, in order, those of files that it includes too."""
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        for line in file:
            included = INCLUDE.match(line)
            row = re.match(macro + r"\((.*)\)", line)
            if included:
                yield from rows(folder, included.group(1), macro)
            elif row:
                yield arguments(row.group(1))


def row_line(body, names, values):
    """One row in the place of the names of its parts; a last part that is a sentence is told beside it."""
    by_name = dict(zip(names, values))
    text = re.sub(r"\w+", lambda word: by_name.get(word.group(), word.group()), body).replace("##", "")
    return text + (f" /* {values[-1][1:-1]} */" if values[-1].startswith('"') else "")


def expanded(lines, folder):
    """Lines of a header, with rows in the place of a macro of one line and the file that follows it."""
    out, i, depth = [], 0, 0
    while i < len(lines):
        define = DEFINE.match(lines[i])
        include = INCLUDE.match(lines[i + 1]) if define and i + 1 < len(lines) else None
        if include:
            names = arguments(define.group(2))
            indent = " " * 8 if depth else ""
            out += [indent + row_line(define.group(3), names, values) for values in rows(folder, include.group(1), define.group(1))]
            i += 2
            continue
        depth += lines[i].count("{") - lines[i].count("}")
        out.append(lines[i])
        i += 1
    return out
