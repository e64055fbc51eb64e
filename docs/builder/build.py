#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""build.py - make the guide: build.py ROOT OUT BUILD

ROOT is the tree, OUT the folder for the pages, BUILD a folder in which the library, the program `rmmsim` and the examples were built.
What the pages say comes from Markdown in docs/, from the headers, from the rows (through the Python module), from traces. Prints each
warning and ends with 1 if there was one.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pictures

root, out, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
os.environ.setdefault('RMMSIM_LIBRARY', str(build / 'librmmsim.so'))
sys.path[:0] = [str(root / 'bindings' / 'python'), str(root / 'man')]
import api  # these three need the lines above
import guide
import reference


def contents(text):
    """The order of the pages, from the lists of docs/index.md: [(group, [(path, what it is called there)])]."""
    groups = []
    for line in text.split('\n'):
        if line.startswith('## '):
            groups.append((line[3:], []))
        found = re.match(r'- \[([^]]*)\]\(([^)#]+\.md)\)', line)
        if found and groups:
            groups[-1][1].append((os.path.normpath(os.path.join('docs', found.group(2))), found.group(1)))
    return groups


def page_name(source):
    return {'docs/index.md': 'index.html', 'README.md': 'readme.html'}.get(
        source, re.sub(r'\W+', '-', source.removeprefix('docs/').removesuffix('.md').lower()) + '.html')


def shown_files():
    """Files of the tree that pages may point to, and under which name they lie beside the pages."""
    listed = subprocess.run(['git', '-C', root, 'ls-files'], stdout=subprocess.PIPE, check=False).stdout.decode().split()
    files = listed or [str(p.relative_to(root)) for p in root.rglob('*') if p.is_file()]  # a copy that is no checkout
    return {name: 'files/' + name for name in files if not name.endswith('.md')}


def copy_shown(site, files):
    """Only those that a page points to."""
    names = {beside: name for name, beside in files.items()}
    for name, (_, body) in site.pages.items():
        for target in re.findall(r'\b(?:href|src)="(files/[^"#]+)"', body):
            to = out / target
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / names[target], to)


def make_pictures():
    folder = out / 'pictures'
    folder.mkdir()
    pictures.draw(pictures.floors(root), folder / 'floors.svg')
    for machine in filter(lambda one: one.edges, reference.machines()):
        pictures.draw(pictures.machine(machine.name, machine.states, machine.edges), folder / f'{machine.name.lower()}.svg')
    pictures.sequence(build, folder)


def show_floors(site):
    """The picture of the floors takes the place of the list that it is made of."""
    title, body = site.pages['architecture.html']
    picture = '<p><img src="pictures/floors.svg" alt="The floors of the library, from base at the bottom to world at the top"></p>'
    site.pages['architecture.html'] = (title, re.sub(r'<pre>.*?</pre>', picture, body, count=1, flags=re.S))


def main():
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    version = re.search(r'project\(rmmsim VERSION (\S+)', root.joinpath('CMakeLists.txt').read_text()).group(1)
    site = guide.Site(out, version)
    everything = api.read_all(root / 'include')
    places = api.places_of(everything) | reference.name_places()
    files = shown_files()
    groups = contents(root.joinpath('docs/index.md').read_text())
    for _, group in groups:
        for entry in [e for e in group if not root.joinpath(e[0]).exists()]:
            site.warn('docs/index.md', f'{entry[0]} is not there')
            group.remove(entry)
    sources = ['docs/index.md'] + [source for _, group in groups for source, _ in group]
    site.sources = {source: page_name(source) for source in sources}
    site.sources.update({f'include/{page.name}': f'{page.slug}.html' for page in everything})
    for source in sorted(root.glob('docs/*.md')):
        if f'docs/{source.name}' not in site.sources:
            site.warn(f'docs/{source.name}', 'docs/index.md does not list it')

    make_pictures()
    shutil.copyfile(root / 'docs/builder/style.css', out / 'style.css')
    for source in sources:
        guide.add_markdown(site, root, source, places, files)
    show_floors(site)
    for title, group in groups:
        entries = [(site.sources[source], name) for source, name in group]
        if 'docs/drawing.md' in dict(group):
            entries.append(('pictures/psci.html', 'A run to step through'))
        site.groups.append((title, entries))
    for name, title, body in reference.pages(places):
        site.add(name, title, body)
    site.groups.append(('Reference', [(name, title) for name, title, _ in reference.pages(places)] + [('names.html', 'All names')]))
    for page in everything:
        site.add(f'{page.slug}.html', f'<{page.name}>', api.page_html(page, places))
    site.groups.append(('Headers', [(f'{page.slug}.html', page.name.removeprefix('rmmsim/')) for page in everything]))
    site.add('names.html', 'All names', api.index_html(everything, places))
    copy_shown(site, files)
    site.write()
    for warning in site.warnings:
        print(f'docs: {warning}', file=sys.stderr)
    print(f'{len(site.pages)} pages in {out}, {len(site.warnings)} warnings')
    return 1 if site.warnings else 0


if __name__ == '__main__':
    sys.exit(main())
