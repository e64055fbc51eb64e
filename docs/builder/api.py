# SPDX-License-Identifier: BSD-3-Clause
"""api.py - the public headers as pages: their comments as prose, their declarations as code in which every name is a link.

The headers are the manual, so nothing is said here that they do not say. man/headers.py reads them, rows in their places.
"""
import html
import re

import headers

DEFINED = (
    re.compile(r'^(?:__extension__ )?(?:struct|enum|union) (rmmsim_\w+)(?: \{|;)'),
    re.compile(r'^typedef [^;(]*?\b(rmmsim_\w+)(?:\(|;)'),
    re.compile(r'^#define (\w+)'),
    re.compile(r'^\s+(RMMSIM_\w+|rmmsim_fid_\w+)\s*(?:=|,|/\*|$)'),
    re.compile(r'^static const \w+ (RMMSIM_\w+) ='),
    re.compile(r'^(?!typedef|#|\s)[\w\s*()"\',]*?\b(rmmsim_\w+)\('),
    re.compile(r'^ {20,}\*?(rmmsim_\w+)\('),
)
NAME = re.compile(r'(?<![\w#./"-])((?:rmmsim|RMMSIM|SMCCC|arm_smccc|RMI|RSI|PSCI|rmi|rsi|psci)_\w+)\b(?![\w"./-]*")')
HEADER = re.compile(r'&lt;(rmmsim/[\w/.-]+\.(?:h|def))&gt;')


class Page:
    """One header: its name in an #include, the name of its page, and what it defines."""

    def __init__(self, path):
        self.header = headers.read(str(path))
        self.name = self.header.include
        self.slug = 'api-' + re.sub(r'\W+', '-', self.name.removeprefix('rmmsim/').removesuffix('.h'))
        self.symbols = list(dict.fromkeys(
            name for entry in self.header.entries() for name in names_defined(entry.code)))


def names_defined(code):
    for line in code:
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


def prose_html(lines, places):
    """Paragraphs, lists that begin with '- ', and what is indented as it stands: a table or code."""
    out = []
    for block in re.split(r'\n\s*\n', '\n'.join(lines).strip('\n')):
        groups = []
        for line in block.split('\n'):
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
    for line in code:
        here = next(iter(names_defined([line])), None)
        escaped = html.escape(line, quote=False)
        if here and here not in seen:
            seen.add(here)
            escaped = re.sub(rf'\b{here}\b', '<dfn id="\0">\0</dfn>', escaped, count=1)
            escaped = link_names(escaped, places, here).replace('\0', here)
        else:
            escaped = link_names(escaped, places)
        out.append(escaped)
    marked = re.sub(r'/\*.*?\*/', r'<span class="comment">\g<0></span>', '\n'.join(out), flags=re.S)
    return f'<pre class="api"><code>{marked}</code></pre>'


def page_html(page, places):
    seen = set()
    header = page.header
    out = [f'<h1><code>&lt;{page.name}&gt;</code></h1>', f'<p class="title">{html.escape(header.title[:1].upper() + header.title[1:])}.</p>',
           prose_html(header.words, places)]
    for section in header.sections:
        if section.title:
            out.append(f'<h2 id="{slug(section.title)}">{html.escape(section.title)}</h2>')
        for entry in section.entries:
            out.append(prose_html(entry.words, places))
            if entry.code:
                out.append(code_html(entry.code, places, seen))
    return '\n'.join(out)


def index_html(pages, places):
    """Every name, and the header that has it."""
    names = sorted(((name, page.name) for page in pages for name in page.symbols), key=lambda pair: pair[0].lower())
    rows = ''.join(f'<tr><td><a href="{places[name]}"><code>{name}</code></a></td><td><code>{header}</code></td></tr>\n'
                   for name, header in names)
    return f'<h1>All names</h1>\n<table><tbody>\n{rows}</tbody></table>'


def slug(text):
    return re.sub(r'\s', '-', re.sub(r'[^\w\s-]', '', text.lower()).strip())


def read_all(include):
    """All public headers, rmmsim.h first, then by name."""
    paths = sorted(include.glob('rmmsim/**/*.h'), key=lambda p: (p.name != 'rmmsim.h', len(p.parts), str(p)))
    return [Page(path) for path in paths]


def places_of(pages):
    """Where each name is defined, as a link; and where each header is."""
    places = {}
    for page in pages:
        places[page.name] = f'{page.slug}.html'
        for name in page.symbols:
            places.setdefault(name, f'{page.slug}.html#{name}')
    return places
