#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""pages.py - man pages of section 3 from the public headers: a page a header, and a link to it for all that is called.

pages.py OUT_DIR VERSION HEADER...
"""
import os
import re
import sys

from headers import read, statements
from roff import WIDTH, code_block, fitted, folded, prose, verbatim, words_block


def page_name(header):
    """rmmsim/rmmsim.h is rmmsim, rmmsim/trace.h rmmsim_trace, rmmsim/compat/x.h rmmsim_compat_x."""
    path = header.include[len("rmmsim/"):-len(".h")]
    return "rmmsim" if path == "rmmsim" else "rmmsim_" + path.replace("/", "_")


def declarations(code):
    """What an entry declares: prototypes laid out anew, all else as it stands."""
    if any("{" in line or "/*" in line for line in code) or code[0].startswith("#"):
        return fitted(code, WIDTH)
    return [line for statement in statements(code) for line in folded(statement, WIDTH)]


# --- pages ------------------------------------------------------------------------------------------------------------

def synopsis(header):
    out = [".SH SYNOPSIS", ".nf", rf".B #include <{header.include}>"]
    functions = [text for entry in header.entries() for text in statements(entry.code)
                 if re.match(r"(?!typedef|#|struct \w+;|struct \w+ \{|enum|union)[\w ]+[ *]\w+\(", text)]
    if functions:
        out.append("")
    for text in functions:
        out += [r"\fB" + verbatim(line) + r"\fR" for line in folded(re.sub(r"^static inline ", "", text), WIDTH)]
    out += [".fi", ".PP", rf"cc \fItest.c\fR $(pkg\-config \-\-cflags \-\-libs rmmsim)"]
    return out


def description(header):
    out = [".SH DESCRIPTION"] + words_block(header.words)
    for section in header.sections:
        if section.title:
            out.append(".SS " + prose(section.title[0].upper() + section.title[1:]))
        for entry in section.entries:
            if entry.code:
                out += [".PP"] + code_block(declarations(entry.code))
                out += [".RS 4"] + words_block(entry.words) + [".RE"] if entry.words else []
            else:
                out += words_block(entry.words)
    return out


def page(header, version, others):
    name = page_name(header)
    see = " ,\n".join(rf".BR \%{verbatim(other)} (3)" for other in others if other != name)
    out = [r'.\" Made from <' + header.include + ">: change that.",
           f'.TH {name.upper()} 3 "" "rmmsim {version}" "rmmsim"', ".SH NAME", verbatim(name) + r" \- " + prose(header.title)]
    out += synopsis(header) + description(header) + [".SH SEE ALSO", see]
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    folder, version = sys.argv[1:3]
    headers = [read(path) for path in sys.argv[3:]]
    pages = {page_name(header): header for header in headers}
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
    linked = {}
    for name, header in pages.items():
        with open(os.path.join(folder, name + ".3"), "w", encoding="utf-8") as file:
            file.write(page(header, version, sorted(pages)))
        for _, called in header.callables():
            if called in pages and pages[called] is not header:
                sys.exit(f"{called}() of {header.include} has the name of the page of {pages[called].include}")
            linked.setdefault(called, name)
    for called, name in linked.items():
        if called not in pages:
            with open(os.path.join(folder, called + ".3"), "w", encoding="utf-8") as file:
                file.write(f".so man3/{name}.3\n")


main()
