# SPDX-License-Identifier: BSD-3-Clause
"""headers.py - the public headers as pages: their comments as prose, their declarations as code in which every name is a link.

The headers are the manual, so nothing is said here that they do not say. What is left out is what only a compiler reads: guards,
includes, extern "C".
"""
import html
import re

BOILERPLATE = re.compile(
    r'^(#ifndef \w+_H|#define \w+_H|#endif|#ifdef __cplusplus|extern "C" \{|\}|#include .*|#undef \w+)$')
SECTION = re.compile(r'^/\* -{2,} (.*?) -{2,} \*/$')
DEFINED = (
    re.compile(r'^(?:struct|enum|union) (rmmsim_\w+) \{'),
    re.compile(r'^(?:__extension__ )?enum (rmmsim_\w+) \{'),
    re.compile(r'^struct (rmmsim_\w+);'),
    re.compile(r'^typedef [^;(]*?\b(rmmsim_\w+)(?:\(|;)'),
    re.compile(r'^#define (\w+)'),
    re.compile(r'^\s+(RMMSIM_\w+)\s*(?:=|,|/\*|$)'),
    re.compile(r'^(?!typedef|#|\s)[\w\s*()"\',]*?\b(rmmsim_\w+)\('),
    re.compile(r'^ {20,}\*?(rmmsim_\w+)\('),
)
NAME = re.compile(r'(?<![\w#./"-])((?:rmmsim|RMMSIM|SMCCC|arm_smccc|RMI|RSI|PSCI|rmi|rsi|psci)_\w+)\b(?![\w"./-]*")')
HEADER = re.compile(r'&lt;(rmmsim/[\w/.-]+\.(?:h|def))&gt;')


class Header:
    """One header: its file, the name that an #include has, its title, and its parts in order: ('prose'|'code'|'section', text)."""

    def __init__(self, path, name):
        self.name = name
        self.slug = 'api-' + re.sub(r'\W+', '-', name.removeprefix('rmmsim/').removesuffix('.h'))
        self.parts = list(split(path.read_text()))
        opening = next(text for kind, text in self.parts if kind == 'prose')
        self.title = ' '.join(opening.split('\n\n')[0].split()).split(' - ', 1)[-1].rstrip('.')
        self.symbols = list(dict.fromkeys(
            name for kind, text in self.parts if kind == 'code' for name in names_defined(text)))


def split(text):
    """The parts of a header. A comment that begins a line at its margin is prose; all else is code, with its own comments."""
    code = []
    lines = iter(text.split('\n')[1:])  # behind the licence
    for line in lines:
        section = SECTION.match(line)
        if section or line.startswith('/*'):
            yield from flush(code)
            if section:
                yield 'section', section.group(1)
                continue
            comment = [line]
            while '*/' not in comment[-1]:
                comment.append(next(lines))
            yield 'prose', prose(comment)
        elif not BOILERPLATE.match(line):
            code.append(line)
    yield from flush(code)


def flush(code):
    text = '\n'.join(code).strip('\n')
    code.clear()
    if text.strip():
        yield 'code', re.sub(r'\n{3,}', '\n\n', text)


def prose(comment):
    """The text of a comment without its frame."""
    if len(comment) == 1:
        return comment[0].removeprefix('/*').removesuffix('*/').strip()
    return '\n'.join(re.sub(r'^ \* ?', '', line) for line in comment[1:-1])


def names_defined(code):
    for line in code.split('\n'):
        for pattern in DEFINED:
            found = pattern.match(line)
            if found:
                yield found.group(1)
                break


def link_names(escaped, places, here=None):
    """Make links of the names in a text that is HTML already."""
    def name(found):
        place = places.get(found.group(1))
        return f'<a href="{place}">{found.group(1)}</a>' if place and found.group(1) != here else found.group(1)

    def header(found):
        place = places.get(found.group(1))
        return f'<a href="{place}">&lt;{found.group(1)}&gt;</a>' if place else found.group(0)

    return HEADER.sub(header, NAME.sub(name, escaped))


def prose_html(text, places):
    """Paragraphs, lists that begin with '- ', and what is indented as it stands: a table or code."""
    out = []
    for block in re.split(r'\n\s*\n', text.strip('\n')):
        lines = block.split('\n')
        groups = []
        for line in lines:
            item = re.match(r'^\s*- ', line)
            indented = line.startswith('    ') or (line.startswith('  ') and not item)
            if item:
                groups.append(('item', [re.sub(r'^\s*- ', '', line)]))
            elif indented and groups and groups[-1][0] == 'item':
                groups[-1][1].append(line.strip())
            elif indented:
                add(groups, 'pre', line)
            else:
                add(groups, 'p', line)
        out += [group_html(kind, content, places) for kind, content in groups]
    return re.sub(r'</ul>\n<ul>', '', '\n'.join(out))


def add(groups, kind, line):
    if groups and groups[-1][0] == kind:
        groups[-1][1].append(line)
    else:
        groups.append((kind, [line]))


def group_html(kind, lines, places):
    if kind == 'pre':
        width = min(len(line) - len(line.lstrip()) for line in lines)
        return '<pre><code>' + link_names(html.escape('\n'.join(l[width:] for l in lines), quote=False), places) + '</code></pre>'
    body = link_names(re.sub(r'`([^`]+)`', r'<code>\1</code>', html.escape(' '.join(lines), quote=False)), places)
    return f'<ul><li>{body}</li></ul>' if kind == 'item' else f'<p>{body}</p>'


def code_html(code, places, seen):
    """Declarations: a name is an anchor where it is defined first, and a link everywhere else."""
    out = []
    for line in code.split('\n'):
        here = next(iter(names_defined(line)), None)
        escaped = html.escape(line, quote=False)
        if here and here not in seen:
            seen.add(here)
            escaped = re.sub(rf'\b{here}\b', f'<dfn id="{here}">\0</dfn>', escaped, count=1)
            escaped = link_names(escaped, places, here).replace('\0', here)
        else:
            escaped = link_names(escaped, places)
        out.append(escaped)
    marked = re.sub(r'/\*.*?\*/', r'<span class="comment">\g<0></span>', '\n'.join(out), flags=re.S)
    return f'<pre class="api"><code>{marked}</code></pre>'


def header_html(header, places):
    seen = set()
    out = [f'<h1><code>&lt;{header.name}&gt;</code></h1>']
    for kind, text in header.parts:
        if kind == 'section':
            out.append(f'<h2 id="{slug(text)}">{html.escape(text)}</h2>')
        elif kind == 'prose':
            out.append(prose_html(text, places))
        else:
            out.append(code_html(text, places, seen))
    return '\n'.join(out)


def index_html(headers, places):
    """Every name, and the header that has it."""
    names = sorted(((name, header) for header in headers for name in header.symbols), key=lambda pair: pair[0])
    rows = ''.join(f'<tr><td><a href="{places[name]}"><code>{name}</code></a></td><td><code>{header.name}</code></td></tr>\n'
                   for name, header in names)
    return f'<h1>All names</h1>\n<table><tbody>\n{rows}</tbody></table>'


def slug(text):
    return re.sub(r'\s', '-', re.sub(r'[^\w\s-]', '', text.lower()).strip())


def read_all(include):
    """All public headers, rmmsim.h first, then by name."""
    paths = sorted(include.glob('rmmsim/**/*.h'), key=lambda p: (p.name != 'rmmsim.h', len(p.parts), str(p)))
    return [Header(path, str(path.relative_to(include))) for path in paths]


def places_of(headers):
    """Where each name is defined, as a link; and where each header is."""
    places = {}
    for header in headers:
        places[header.name] = f'{header.slug}.html'
        for name in header.symbols:
            places.setdefault(name, f'{header.slug}.html#{name}')
    return places
