#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""src/commands.rs from the rows, on stdout.     PYTHONPATH=../python ./commands.py >src/commands.rs after a change of the rows"""
from rmmsim import spec

HEAD = """// SPDX-License-Identifier: BSD-3-Clause
//! Every command as a structure with its inputs by name. Made by commands.py from the rows of the specification.
"""


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def module(interface):
    return [one for one in spec.commands if one.interface == interface]


def document(indent, text):
    return f"{indent}/// {text}\n"


def structure(name, members, title):
    lines = document("    ", title)
    lines += "    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]\n"
    if not members:
        return lines + f"    pub struct {name};\n"
    lines += f"    pub struct {name} {{\n"
    for one in members:
        lines += document("        ", f"x{one.register}: {one.kind_meaning}" + (f" ({one.type})" if one.type else ""))
        lines += f"        pub {one.name}: u64,\n"
    return lines + "    }\n"


def command(one, number):
    name = camel(one.name.split("_", 1)[1])
    text = structure(name, one.inputs, f"{one.id}. {one.summary}")
    output = "()"
    if one.outputs:
        output = f"{name}Output"
        text += "\n" + structure(output, one.outputs, f"What {one.id} returns.")
    text += f"\n    impl Command for {name} {{\n        type Output = {output};\n"
    text += f'        const NAME: &\'static str = "{one.id}";\n'
    text += f"        const FID: u32 = {one.fid:#010x};\n"
    text += f"        const NUMBER: usize = {number};\n"
    text += "        fn store(&self, x: &mut Registers) {\n"
    stores = "".join(f"            x[{one.register}] = self.{one.name};\n" for one in one.inputs)
    text += stores or "            let _ = x;\n"
    text += "        }\n"
    if not one.outputs:
        text += "        fn load(_: &Registers) {}\n"
    else:
        text += f"        fn load(x: &Registers) -> {output} {{\n"
        text += f"            {output} {{\n"
        text += "".join(f"                {out.name}: x[{out.register}],\n" for out in one.outputs)
        text += "            }\n        }\n"
    return text + "    }\n"


def constants(name, title, values, kind):
    text = document("", title) + f"pub mod {name} {{\n"
    for one in values:
        text += document("    ", one.meaning[:1].upper() + one.meaning[1:])
        text += f"    pub const {one.name}: {kind} = {one.value};\n"
    return text + "}\n"


def main():
    parts = [HEAD]
    for interface, title in (("RMI", "Commands of the host."), ("RSI", "Commands of the Realm."), ("PSCI", "PSCI functions of the Realm.")):
        commands = module(interface)
        text = document("", title) + f"pub mod {interface.lower()} {{\n    use crate::call::{{Command, Registers}};\n"
        text += "".join("\n" + command(one, one.number) for one in commands)
        parts.append(text + "}\n")
        kind = "i64" if interface == "PSCI" else "u64"
        parts.append(constants(f"{interface.lower()}_status", f"Statuses of {interface}.", spec.statuses[interface], kind))
    parts.append(constants("exit", "Why a REC exits.", spec.exits, "u64"))
    for name in ("GRANULE", "GPT"):
        parts.append(constants(f"{name.lower()}_state", f"States: {spec.object_(name).meaning}.", spec.object_(name).states, "u32"))
    print("\n".join(parts), end="")


main()
