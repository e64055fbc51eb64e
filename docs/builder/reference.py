# SPDX-License-Identifier: BSD-3-Clause
"""reference.py - the facts as pages: commands, states, structures, quirks, from the rows by way of the Python module.
"""
import html
from collections import namedtuple

import api
from rmmsim import spec

Machine = namedtuple('Machine', 'name meaning states edges')


def machines():
    """The objects that have states, as pictures.machine() wants them."""
    return [Machine(one.name, one.meaning, [(s.name, s.meaning) for s in one.states],
                    [(e.start, e.to, e.command) for e in one.edges]) for one in spec.objects]


def table(titles, rows):
    """A table; cells are HTML already. A table without rows is none."""
    if not rows:
        return ''
    head = ''.join(f'<th>{title}</th>' for title in titles)
    body = ''.join('<tr>' + ''.join(f'<td>{cell}</td>' for cell in row) + '</tr>\n' for row in rows)
    return f'<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n'


def code(text):
    return f'<code>{html.escape(str(text))}</code>'


def name_places():
    """Where each command is described, by both of its names."""
    places = {}
    for command in spec.commands:
        place = f'reference-{command.interface.lower()}.html#{command.name}'
        places[command.name] = places[command.id] = place
    return places


def type_link(name):
    return f'<a href="reference-structures.html#{name}">{name}</a>' if name else ''


def pages(places):
    """(file name, title, body) of each page."""
    out = [(f'reference-{name.lower()}.html', f'{name} commands', interface_html(name, places)) for name in spec.interfaces]
    out += [('reference-states.html', 'State machines', states_html(places)),
            ('reference-statuses.html', 'Statuses and exits', statuses_html()),
            ('reference-structures.html', 'Structures', structures_html()),
            ('reference-quirks.html', 'Profiles and quirks', quirks_html(places)),
            ('reference-registers.html', 'System registers', registers_html())]
    return out


# ---- commands -------------------------------------------------------------------------------------------------------


def interface_html(name, places):
    commands = [one for one in spec.commands if one.interface == name]
    profiles = ''.join(f'<li>{code(p.name)}: {html.escape(p.meaning)}</li>' for p in spec.profiles)
    return '\n'.join([
        f'<h1>{name} commands</h1>',
        '<p>From the rows of the library: what is printed here is what it evaluates, in this order. A condition is in force in the '
        f'profiles that its line names:</p><ul>{profiles}</ul>',
        table(('command', 'identifier', ''), [
            (f'<a href="#{c.name}">{c.id}</a>', code(f'{c.fid:#010X}'.replace('X', 'x')), html.escape(c.summary)) for c in commands]),
        *(command_html(c, places) for c in commands)])


def command_html(command, places):
    notes = []
    if command.copies or command.gathers:
        notes.append('The page that it names is read once' + (', and names more Granules.' if command.gathers else '.'))
    if command.reports:
        notes.append('Some outputs are valid on failure, too.')
    if command.continues:
        notes.append('It goes on after its locks are dropped.')
    if command.no_return:
        notes.append('A success does not return to the caller.')
    parts = [f'<h2 id="{command.name}">{command.id}</h2>',
             f'<p>{html.escape(command.summary)} Identifier {code(f"0x{command.fid:08X}")}. {" ".join(notes)}</p>']
    for title, arguments in (('Inputs', command.inputs), ('Outputs', command.outputs)):
        rows = [(f'x{a.register}', code(a.name), html.escape(a.kind_meaning), type_link(a.type)) for a in arguments]
        if rows:
            parts += [f'<h3>{title}</h3>', table(('register', 'name', '', 'read as'), rows)]
    parts += conditions_html(command)
    for later in spec.laters:
        if later.command == command.id:
            parts.append(f'<p>{code(later.status)} comes later, when the host completes the call: {html.escape(later.meaning)}.</p>')
    if command.precedences:
        pairs = ', '.join(f'{code(p.first)} before {code(p.second)}' for p in command.precedences)
        parts.append(f'<p>Where two hold, the specification demands {pairs}; the rest of the order is this library\'s.</p>')
    for variation in spec.variations:
        if variation.command == command.id and not variation.brings:
            what = f'{code(variation.condition)} holds in other cases' if variation.condition else spec.quirk(variation.quirk).meaning
            parts.append(f'<p class="only">With the quirk {quirk_link(variation.quirk)}: {what}.</p>')
    return api.link_names('\n'.join(parts), {k: v for k, v in places.items() if k not in (command.id, command.name)})


def conditions_html(command):
    if not command.conditions:
        return ['<p>It cannot fail.</p>']
    rows = []
    for number, one in enumerate(command.conditions, 1):
        force = [p.name for p in spec.profiles if one.in_force(p.quirks)]
        if one.quirk is None:
            where = 'all'
        else:
            where = f'{", ".join(force) or "none by itself"}: {quirk_link(one.quirk)}'
        argument = '' if one.register == 0 else f'{code(one.argument)} (x{one.register})'
        rows.append((number, code(one.name), code(one.status), argument, html.escape(one.expected), where))
    return ['<h3>Failure conditions, in order</h3>',
            table(('', 'condition', 'status', 'about', 'what was expected', 'profiles'), rows)]


# ---- everything else ------------------------------------------------------------------------------------------------


def sentence(meaning):
    return f'{meaning[:1].upper()}{meaning[1:]}.'


def states_html(places):
    parts = ['<h1>State machines</h1>', '<p>Drawn from the rows. The library takes no edge that is not here.</p>']
    for one in spec.objects:
        parts += [f'<h2 id="{one.name.lower()}">{one.name}</h2>', f'<p>{html.escape(sentence(one.meaning))}</p>',
                  picture_html(one),
                  table(('state', 'value', ''), [(code(s.name), s.value, html.escape(s.meaning)) for s in one.states]),
                  table(('from', 'to', 'by'), [(code(e.start), code(e.to), code(e.command)) for e in one.edges])]
    return api.link_names('\n'.join(parts), places)


def picture_html(machine):
    if not machine.edges:
        return '<p>It has no edges of its own.</p>'
    return f'<p><img src="pictures/{machine.name.lower()}.svg" alt="States of {machine.name}, and the commands that change them"></p>'


def statuses_html():
    parts = ['<h1>Statuses and exits</h1>']
    for name in spec.interfaces:
        parts += [f'<h2 id="{name.lower()}">{name}</h2>', values_html(spec.statuses[name])]
    return '\n'.join(parts + ['<h2 id="exits">REC exit reasons</h2>', values_html(spec.exits)])


def values_html(values):
    return table(('name', 'value', ''), [(code(v.name), v.value, html.escape(v.meaning)) for v in values])


def structures_html():
    parts = ['<h1>Structures</h1>', '<p>Little-endian; what no field covers is reserved and zero.</p>']
    for one in spec.structures:
        rows = [(f'0x{f.offset:03x}', code(f.name + (f'[{f.count}]' if f.count > 1 else '')), f.size * f.count, type_link(f.type),
                 html.escape(f.meaning)) for f in one.fields]
        parts += [f'<h2 id="{one.name}">{one.name}</h2>',
                  f'<p>{html.escape(sentence(one.meaning))} {code("struct rmmsim_" + one.c_name)}, {one.size} bytes.</p>',
                  table(('offset', 'field', 'bytes', 'read as', ''), rows)]
    parts.append('<h1>Words</h1>')
    for one in spec.types:
        bits = [(f'{b.low + b.width - 1}:{b.low}' if b.width > 1 else b.low, code(b.name), html.escape(b.meaning)) for b in one.bits]
        parts += [f'<h2 id="{one.name}">{one.name}</h2>', f'<p>{html.escape(sentence(one.meaning))}</p>', table(('bits', 'name', ''), bits),
                  values_html(one.values)]
    return '\n'.join(parts)


def quirk_link(name):
    return f'<a href="reference-quirks.html#{name}">{name}</a>'


def quirks_html(places):
    parts = ['<h1>Profiles and quirks</h1>',
             '<p>A profile is what an instance serves; a quirk is a behaviour of deployed monitors, off unless a profile or the '
             'configuration turns it on.</p>',
             table(('profile', ''), [(code(p.name), html.escape(p.meaning)) for p in spec.profiles]),
             table(('quirk', '', 'preset by'), [
                 (f'<code id="{q.name}">{q.name}</code>', html.escape(q.meaning), ', '.join(q.profiles) or 'none') for q in spec.quirks])]
    return api.link_names('\n'.join(parts), places)


def registers_html():
    rows = [(code(r.name), f'0x{r.encoding:05x}') for r in spec.sysregs]
    return '<h1>System registers</h1>\n<p>Those that a guest can name (<code>&lt;rmmsim/sysreg.h&gt;</code>).</p>\n' + table(
        ('register', 'encoding'), rows)
