# SPDX-License-Identifier: BSD-3-Clause
"""guide.py - pages of the guide: Markdown to HTML, one frame around all of them, and a look at every link between them.

Whatever is not as it should be is a warning, and warnings are counted: a guide with a dead link is not built.
"""
import html
import pathlib
import posixpath
import re
import subprocess

import api

FRAME = '''<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - rmmsim</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<p class="top"><a href="index.html">rmmsim</a> <a href="#pages">All pages</a></p>
<nav id="pages" aria-label="Pages">
<p class="name"><a href="index.html">rmmsim</a> <span>{version}</span></p>
{navigation}
</nav>
<main id="content">
{body}
</main>
</body>
</html>
'''


class Site:
    """The pages so far, by the name of their file; where each source went; and what is wrong with them."""

    def __init__(self, out, version):
        self.out = out
        self.version = version
        self.pages = {}    # file name -> (title, body)
        self.sources = {}  # path of a Markdown file, in the tree -> file name
        self.groups = []   # of the navigation: (title, [(file name, title)])
        self.warnings = []

    def warn(self, where, what):
        self.warnings.append(f'{where}: {what}')

    def add(self, name, title, body):
        if name in self.pages:
            self.warn(name, 'two pages of this name')
        self.pages[name] = (title, body)

    def write(self):
        for name, (title, body) in self.pages.items():
            self.out.joinpath(name).write_text(FRAME.format(
                title=html.escape(title), version=self.version, navigation=self.navigation(name), body=body))
        listed = {'index.html'} | {name for _, entries in self.groups for name, _ in entries}  # the frame leads to the first
        for name in self.pages.keys() - listed:
            self.warn(name, 'no entry of the navigation leads here')
        self.check_links()

    def navigation(self, here):
        out = []
        for title, entries in self.groups:
            items = ''.join('<li><a href="{}"{}>{}</a></li>'.format(
                name, ' aria-current="page"' if name == here else '', html.escape(text)) for name, text in entries)
            out.append(f'<h2>{html.escape(title)}</h2>\n<ul>{items}</ul>')
        return '\n'.join(out)

    def check_links(self):
        """Every link inside the guide leads to a file, and to an anchor of it."""
        anchors = {name: set(re.findall(r'\bid="([^"]+)"', self.out.joinpath(name).read_text())) for name in self.pages}
        for name in self.pages:
            text = self.out.joinpath(name).read_text()
            for target in re.findall(r'\b(?:href|src)="([^"]+)"', text):
                target = html.unescape(target)
                if re.match(r'https?:', target):
                    continue
                file, _, anchor = target.partition('#')
                file = file or name
                if not self.out.joinpath(file).exists():
                    self.warn(name, f'a link to {file}, which is not there')
                elif anchor and anchor not in anchors.get(file, ()):
                    self.warn(name, f'a link to {file}#{anchor}, which has no such place')
            for picture in re.findall(r'<img [^>]*>', text):
                if not re.search(r'alt="[^"]+"', picture):
                    self.warn(name, 'a picture without words for those who do not see it')
            ids = re.findall(r'\bid="([^"]+)"', text)
            for twice in {i for i in ids if ids.count(i) > 1}:
                self.warn(name, f'two places named {twice}')


def markdown(text):
    """HTML of a Markdown text, as the forges show it. Raw HTML in it is left out."""
    done = subprocess.run(['cmark-gfm', '--extension', 'table', '--extension', 'strikethrough'], input=text.encode(),
                          stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def with_anchors(body):
    """Give each heading the name that the forges give it: links in the sources use those."""
    taken = {}

    def anchor(found):
        name = api.slug(html.unescape(re.sub(r'<[^>]+>', '', found.group(2))))
        taken[name] = taken.get(name, -1) + 1
        if taken[name]:
            name += f'-{taken[name]}'
        return f'<h{found.group(1)} id="{name}">{found.group(2)}</h{found.group(1)}>'

    return re.sub(r'<h([1-6])>(.*?)</h\1>', anchor, body, flags=re.S)


def with_links(site, source, body, files):
    """Links between sources become links between pages; those to other files of the tree are copied beside the pages."""
    def link(found):
        attribute, target = found.group(1), html.unescape(found.group(2))
        if re.match(r'(https?:|#|mailto:)', target):
            return found.group(0)
        path, _, anchor = target.partition('#')
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if path in site.sources:
            path = site.sources[path]
        elif path in files:
            path = files[path]
        elif not posixpath.normpath(path).startswith('pictures/'):
            site.warn(source, f'a link to {target}, which is no page and no file that is shown')
        return f'{attribute}="{html.escape(path + ("#" + anchor if anchor else ""))}"'

    return re.sub(r'\b(href|src)="([^"]*)"', link, body)


def with_names(body, places):
    """Names of the library in short pieces of code become links to where they are documented."""
    return re.sub(r'<code>((?:(?!</?code>).)*)</code>(?!</pre>)(?!</a>)',
                  lambda found: '<code>' + api.link_names(found.group(1), places) + '</code>', body)


def title_of(text, fallback):
    found = re.search(r'^# (.+)$', text, re.M)
    return re.sub(r'[`*]', '', found.group(1)) if found else fallback


def add_markdown(site, root, source, places, files):
    text = root.joinpath(source).read_text()
    name = site.sources[source]
    body = with_names(with_links(site, source, with_anchors(markdown(text)), files), places)
    for language in set(re.findall(r'^```(\S*)$', text, re.M)) - {'', 'c', 'sh', 'python', 'rust', 'cmake', 'json', 'toml', 'yaml', 'console', 'text'}:
        site.warn(source, f'a block in {language}, a language that nobody expects')
    site.add(name, title_of(text, pathlib.Path(source).stem), body)
