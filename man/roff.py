# SPDX-License-Identifier: BSD-3-Clause
"""roff.py - words and C as man pages want them: escaped, in paragraphs, and no wider than a terminal."""
import re
import textwrap

WIDTH = 72  # of code: 80 columns less the margins of man

# --- words -------------------------------------------------------------------------------------------------------------

SPECIAL = str.maketrans({"\\": r"\e", "-": r"\-", "^": r"\(ha", "~": r"\(ti", "`": r"\(ga", "'": r"\(aq"})


def verbatim(text):
    text = text.translate(SPECIAL)
    return r"\&" + text if text.startswith((".", r"\(aq")) else text


def prose(text):
    """A line of words: names of the library stand out, and a dash is one."""
    text = text.replace("\\", r"\e").replace(" - ", r" \- ").replace("^", r"\(ha").replace("~", r"\(ti")
    text = re.sub(r"`([^`]+)`", r"\\fI\1\\fR", text).replace("`", r"\(ga")
    text = re.sub(r"(?<![\w.)])-{1,2}(?=\w)", lambda m: r"\-" * len(m.group()), text)  # of a number, an option
    text = re.sub(r"\b(rmmsim_\w+)(?=\(\))|\b(RMMSIM_\w+\*?)|(<rmmsim/[^>]*>)", lambda m: rf"\%\fB{m.group()}\fR", text)
    return r"\&" + text if text.startswith((".", "'")) else text


def code_block(lines):
    return [".EX"] + [verbatim(line) for line in lines] + [".EE"]


def words_block(lines):
    """Words of a comment: paragraphs, items that begin with a dash, terms with what they mean, and samples."""
    out, i, fresh = [], 0, True
    while i < len(lines):
        line = lines[i]
        item = re.match(r" +- (.*)", line)
        term = re.match(r" {2,3}(\S.*?) {2,}(\S.*)", line)
        if not line:
            fresh = True
        elif line.startswith("    ") and fresh:
            end = i
            while end < len(lines) and (not lines[end] or lines[end].startswith("    ")):
                end += 1
            sample = lines[i:end]
            while not sample[-1]:
                sample.pop()
            out += [".PP", ".RS 4"] + code_block(fitted(textwrap.dedent("\n".join(sample)).split("\n"), WIDTH - 8)) + [".RE"]
            i, fresh = end, True
            continue
        elif item:
            out += [r".IP \(bu 2", prose(item.group(1))]
        elif term:
            out += [".TP", r"\fB" + verbatim(term.group(1)) + r"\fR", prose(term.group(2))]
        elif re.match(r" {2,3}\S", line) and out and out[-2].startswith(".TP") is False and not lines[i - 1].startswith("  "):
            out += [".PP", prose(line.strip())]
        elif not line.startswith(" ") and (fresh or lines[i - 1].startswith("  ")):
            out += [".PP", prose(line)]
        else:
            out.append(prose(line.strip()))
        fresh = not line
        i += 1
    return out


# --- code that fits ----------------------------------------------------------------------------------------------------

def wrapped(text, width, first="", rest=""):
    """Words on lines of a width; what a \0 joins stays together."""
    return [line.replace("\0", " ") for line in textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest,
                                                             break_long_words=False, break_on_hyphens=False)]


def comment(indent, paragraphs, width):
    """A comment on lines of its own."""
    one = f"{indent}/* {paragraphs[0]} */"
    if len(paragraphs) == 1 and len(one) <= width:
        return [one]
    out = [indent + "/*"]
    for i, words in enumerate(paragraphs):
        out += [indent + " *"] if i else []
        out += wrapped(words, width, indent + " * ", indent + " * ")
    return out + [indent + " */"]


def folded(line, width):
    """A line of code that may be too long: a declaration or call is left after a comma, a macro anywhere."""
    if len(line) <= width:
        return [line]
    indent = re.match(" *", line).group()
    if line.startswith("#"):
        parts = wrapped(re.sub(" {2,}", " ", line), width - 2, rest="        ")
        return [part + " \\" for part in parts[:-1]] + parts[-1:]
    inside = min(line.find("(") + 1, 24) if "(" in line else len(indent) + 4
    parts = wrapped(indent + re.sub(r"(?<!,) ", "\0", line.strip()), width, rest=" " * inside)
    head, bracket, arguments = line.partition("(")
    if len(max(parts, key=len)) > width and len(head) < width:
        inside = indent + " " * 8
        parts = [head + bracket] + wrapped(re.sub(r"(?<!,) ", "\0", arguments), width, inside, inside)
    if len(max(parts, key=len)) > width and " = " in line:
        name, _, value = line.partition(" = ")
        parts = [name + " =", indent + " " * 8 + value]
    return parts


def joined(code):
    """Declarations that were broken to fit the header, on one line again, at half the indentation."""
    out, open_end, in_comment = [], False, False
    for line in code:
        line = re.sub(r"^((?: {8})+)", lambda m: " " * (len(m.group(1)) // 2), line)
        if open_end and not line.strip().startswith(("}", "/*", "#")):
            out[-1] += ("" if out[-1].endswith("(") else " ") + line.strip()
        else:
            out.append(line)
        text = re.sub(r"/\*.*?\*/|// .*", "", out[-1]).strip()
        in_comment = (in_comment or text.startswith("/*")) and "*/" not in text
        whole = text.endswith((";", "{", "}")) or text.endswith(",") and text.count("(") <= text.count(")")
        open_end = bool(text) and not in_comment and not whole and not text.startswith(("#", "*", "/*"))
    return out


def fitted(code, width):
    """Code whose comments and declarations are no wider than there is room for."""
    out, i = [], 0
    code = joined(code)
    while i < len(code):
        line = code[i]
        indent = re.match(" *", line).group()
        trailing = re.match(r" *(\S.*?) *(?:/\*|//) (.*?) *(?:\*/)?$", line)
        alone = re.match(r" +/\* (.*) \*/$", line)
        if line.strip() == "/*":
            end = code.index(indent + " */", i)
            words = "\n".join(re.sub(r"^ *\* ?", "", part) for part in code[i + 1:end])
            out += comment(indent, words.replace("\n\n", "\0").replace("\n", " ").split("\0"), width)
            i = end
        elif alone:
            out += comment(indent, [alone.group(1).strip()], width)
        elif trailing and not trailing.group(1).startswith(("/*", "*")):
            words = trailing.group(2)
            while i + 1 < len(code) and re.match(r" {13,}/\* .* \*/$", code[i + 1]):  # it goes on
                i += 1
                words += " " + code[i].strip()[3:-3].strip()
            short = f"{indent}{trailing.group(1)} /* {words} */"
            out += [short] if len(short) <= width else comment(indent, [words], width) + folded(indent + trailing.group(1), width)
        else:
            out += folded(line, width)
        i += 1
    return out
