#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""headers.py - what a public header says, as data: its opening words, its sections, each declaration with the words above it.

The headers are the manual and are written for readers; this knows the few habits that they keep:

  - line 1 is the licence, the comment after it opens the file: "NAME.h - TITLE." and what the header is for;
  - "/* ---- title ---- */" begins a section;
  - a comment at the margin belongs to the declarations below it, up to the next empty line outside of braces;
  - a macro of one line and the rows of <rmmsim/spec/> below it stand for what each row becomes.

headers.py functions HEADER...   prints the functions that the headers declare, one a line
"""
import re
import sys
from dataclasses import dataclass, field

from rows import expanded


@dataclass
class Entry:
    words: list  # lines of the comment, without its frame
    code: list   # lines of C as they stand; bodies of inline functions and of macros are left out


@dataclass
class Section:
    title: str   # "" for what comes before the first
    entries: list = field(default_factory=list)


@dataclass
class Header:
    include: str  # "rmmsim/explore.h"
    title: str    # of the opening words, without its full stop
    words: list   # the rest of them
    sections: list

    def entries(self):
        return [entry for section in self.sections for entry in section.entries]

    def functions(self):
        """Names of the functions that the library has, in order."""
        return [name for kind, name in self.callables() if kind == "function"]

    def callables(self):
        """(kind, name) of all that is called: "function", "inline", "macro"."""
        found = []
        for entry in self.entries():
            for statement in statements(entry.code):
                macro = re.match(r"#define (\w+)\(", statement)
                call = re.match(r"(static inline )?(?!typedef)[\w ]+[ *](\w+)\(", statement)
                if macro and macro.group(1).islower():
                    found.append(("macro", macro.group(1)))
                elif call and not statement.startswith("#"):
                    found.append(("inline" if call.group(1) else "function", call.group(2)))
        return list(dict.fromkeys(found))


ATTRIBUTE = re.compile(r"__attribute__\(\((?:[^()]|\([^()]*\))*\)\)\s*")


def statements(code):
    """Declarations at the margin, each as one line without comments."""
    joined, depth = "", 0
    for line in code:
        text = ATTRIBUTE.sub("", re.sub(r"/\*.*?\*/", "", line)).rstrip()
        if depth == 0 and line.startswith("#"):
            yield text
            continue
        joined = (joined + " " + text.strip()).strip()
        depth += text.count("{") - text.count("}")
        if depth == 0 and joined.endswith((";", "}")):
            yield joined
            joined = ""


def unframed(comment):
    """The words of a comment: "/*", " * " and "*/" taken off."""
    text = "\n".join(comment)
    text = re.sub(r"^/\*+ ?|\s*\*/$", "", text)
    lines = [re.sub(r"^ \* ?", "", line).rstrip() for line in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def for_c(lines):
    """What a C compiler sees: without branches for C++, the guard and includes of other headers."""
    kept, branches, depth = [], [], 0
    for line in lines:
        if line.startswith("#if"):
            cxx = "__cplusplus" in line
            branches.append((cxx, not cxx))
            if not cxx and not re.match(r"#ifndef \w+_H$", line):
                kept.append(line)
        elif line.startswith(("#else", "#endif")) and branches and branches[-1][0]:
            branches[-1] = (True, True)
            if line.startswith("#endif"):
                branches.pop()
        elif line.startswith("#endif"):
            branches.pop()
        elif all(seen for _, seen in branches):
            outer = re.match(r"#define \w+_H$", line) or re.match(r"#include <.*\.h>", line) and depth == 0
            depth += line.count("{") - line.count("}")
            if not outer:
                kept.append(line)
    return kept


def taken(lines, start):
    """The end of the comment that begins at a line."""
    end = start
    while "*/" not in lines[end]:
        end += 1
    return end + 1


def declared(lines, start):
    """The declarations from a line on: (code, end). A body is not what a reader of the manual wants."""
    code, depth, i = [], 0, start
    inline = False
    while i < len(lines) and (lines[i] or depth > 0):
        line = lines[i]
        if depth == 0 and line.startswith("/*"):
            break
        inline = inline or depth == 0 and line.startswith("static inline")
        if line.startswith("#define") and line.endswith("\\"):
            head = line.rstrip("\\").rstrip()
            while lines[i].endswith("\\"):
                i += 1
            code.append(head)
        elif inline:
            opened = line.count("{") - line.count("}")
            if depth == 0 and line != "{":
                code.append(line)
            if depth > 0 and depth + opened == 0:
                code[-1] += ";"
                inline = False
            depth += opened
        else:
            code.append(line)
            depth += re.sub(r"/\*.*?\*/", "", line).count("{") - re.sub(r"/\*.*?\*/", "", line).count("}")
        i += 1
    return code, i


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip() for line in file]
    end = taken(lines, 1)
    opening = unframed(lines[1:end])
    name, _, title = opening[0].partition(" - ")
    rest = opening[1:]
    while rest and rest[0]:  # a title of several lines
        title += " " + rest.pop(0)
    title, _, more = re.sub(r"\s+", " ", title).partition(". ")
    if more:
        rest = [more, ""] + rest
    if not title or not name.endswith(".h"):
        sys.exit(f"{path}: the opening comment must begin with NAME.h - TITLE")
    include = re.search(r"rmmsim/.*", re.sub(r".*include/", "", path)).group()
    header = Header(include, title.rstrip("."), rest, [Section("")])
    lines = expanded(for_c(lines[end:]), path[:-len(include)])
    i = 0
    while i < len(lines):
        banner = re.match(r"/\* -{3,} (.*?) -{3,} \*/", lines[i])
        if not lines[i]:
            i += 1
        elif banner:
            header.sections.append(Section(banner.group(1)))
            i += 1
        else:
            words = []
            if lines[i].startswith("/*"):
                end = taken(lines, i)
                words, i = unframed(lines[i:end]), end
            code, i = declared(lines, i)
            header.sections[-1].entries.append(Entry(words, code))
    return header


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "functions":
        sys.exit(__doc__)
    names = [name for path in sys.argv[2:] for name in read(path).functions()]
    print("\n".join(dict.fromkeys(names)))
