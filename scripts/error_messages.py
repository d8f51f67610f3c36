"""Read the messages of errors from source code, without running it.

What a program would work out becomes its name: `<folder>`.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

CLASSES = {"FwstartError": 1, "UsageError": 2, "ProjectError": 1, "ServerError": 1}  # with their exit codes
REFUSED = "InputError"  # what a server refuses: one text
PACKAGE = "myproject"  # what a generated project is called in our documents
FEWEST_LETTERS = 15  # of what a function returns that words an error, and does not only join names
# Methods whose result is called like what they belong to.
CLEANING = {
    "decode",
    "expanduser",
    "lower",
    "lstrip",
    "resolve",
    "rstrip",
    "split",
    "splitlines",
    "strip",
    "upper",
}
OF_THE_VALUE = CLEANING | {"absolute", "as_posix", "casefold", "get", "partition"}
TEXTS = ast.Constant | ast.JoinedStr | ast.IfExp | ast.BinOp | ast.Call


@dataclass(frozen=True, order=True)
class Message:
    """What an error says: the problem, what to do about it, and the exit code; 0 where a server refuses."""

    problem: str
    fix: str
    exit_code: int


def messages(file: Path) -> Iterator[Message]:
    """Yield the messages of a module, from top to bottom."""
    module = Module(file)
    for function, call in module.errors:
        fixes = [each.value for each in call.keywords if each.arg == "fix"]
        parts = [*call.args[:1], *fixes]
        if (call.args and fixes) or (call.args and _name(call.func) == REFUSED):
            for words in module.known_in(function, call.lineno, set().union(*map(_names, parts))):
                problem, *fix = (_tidy(words.text(each)) for each in parts)
                yield Message(problem, "".join(fix), CLASSES.get(_name(call.func), 0))


@dataclass(frozen=True)
class Words:
    """Turns expressions into text, by what is known of names."""

    known: Mapping[str, ast.expr] = field(default_factory=dict)

    def text(self, node: ast.expr) -> str:
        """Return an expression as a reader will see it."""
        match node:
            case ast.Constant(value=value):
                words = str(value)
            case ast.JoinedStr(values=parts):
                words = "".join(map(self.text, parts))
            case ast.FormattedValue(value=value):
                words = self.text(value)
            case ast.BinOp(left=left, op=ast.Add(), right=right) if not _is_number(right):
                words = self.text(left) + self.text(right)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                words = f"{self.text(left)}/{self.text(right)}"
            case ast.IfExp(body=body, orelse=other):
                words = _either(self.text(body), self.text(other))
            case _:
                words = self._named(node)
        return words

    def _named(self, node: ast.expr) -> str:
        """Return what a name stands for, or what a function returns that words something; else the name."""
        match node:
            case ast.Name(id="__package__"):
                words = PACKAGE
            case ast.Name(id=name) if name in self.known:
                words = self._meant(name)
            case ast.Call(func=ast.Name(id="command"), args=[command]):
                words = f"{PACKAGE} {self.text(command)}"
            case ast.Call(func=ast.Name(id="typed_git"), args=[project]):
                words = f"git -C {self.text(project)}"
            case ast.Call(func=ast.Name(id="command_to_install"), args=[extra]):
                name = self.text(extra)
                words = f'uv sync --inexact --extra {name}, or pip install -e ".[{name}]"'
            case ast.Call(func=ast.Name(id="suggestion"), keywords=options):
                others = [self.text(each.value) for each in options if each.arg == "otherwise"]
                words = _either("Did you mean <name>?", "".join(others) or "The nearest is <name>.")
            case ast.Call(func=ast.Name(id=name)) if f"{name}()" in self.known:
                words = self._meant(f"{name}()")
            case _:
                words = f"<{placeholder(node)}>"
        return words

    def _meant(self, name: str) -> str:
        """Return what a name stands for; within that, the name itself stands for what it was before."""
        return Words({other: value for other, value in self.known.items() if other != name}).text(
            self.known[name]
        )


def placeholder(node: ast.expr) -> str:
    """Return the words that stand for a value: "row number" for `row.number` and for `str(row.number)`."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) | ast.Name(id=name):
            words = name.strip("_").replace("_", " ").lower()
        case ast.Attribute(value=value, attr=name):
            words = f"{placeholder(value)} {placeholder(ast.Name(name))}"
        case ast.Call(func=ast.Name(id="len"), args=[value]):
            words = f"number of {placeholder(value)}"
        case ast.Call(func=value, args=arguments):
            words = placeholder(_called_like(value, arguments))
        case ast.GeneratorExp(elt=value) | ast.ListComp(elt=value) | ast.Subscript(value=value):
            words = placeholder(value)
        case ast.BoolOp(values=[value, *_]) | ast.Starred(value=value) | ast.BinOp(left=value):
            words = placeholder(value)
        case _:
            words = "value"
    return words


def _called_like(function: ast.expr, arguments: Sequence[ast.expr]) -> ast.expr:
    """Return what gives a function's result its name: what it is about, or itself."""
    match function, arguments:
        case ast.Attribute(attr="join"), [value]:
            return value
        case ast.Attribute(value=value, attr=name), _ if name in OF_THE_VALUE:
            return value
        case _, [ast.Name() | ast.Attribute() as value]:
            return value
    return function


class Module:
    """A source file: its errors, and what its names stand for."""

    def __init__(self, file: Path) -> None:
        self.tree = ast.parse(file.read_text(encoding="utf-8"))
        self.constants = (
            _imported(file, self.tree) | _single(_assigned(self.tree.body)) | _returned(self.tree)
        )
        self.errors = list(_calls(self.tree, None))

    def known_in(self, function: ast.FunctionDef | None, line: int, wanted: set[str]) -> Iterator[Words]:
        """Yield the words of the error in a line: of each branch, or of each caller that words it."""
        if function is None:
            yield Words(self.constants)
            return
        assigned = _assigned(self._since_the_last_error(function, line))
        parameters = [each.arg for each in function.args.args]
        if wanted.intersection(parameters):
            callers = list(self._given(function.name, parameters))
        else:
            callers = [dict[str, ast.expr]()]
        for given in callers or [{}]:
            for branch in _branches({name: assigned[name] for name in wanted if name in assigned}):
                yield Words({**self.constants, **_single(assigned), **given, **branch})

    def _since_the_last_error(self, function: ast.FunctionDef, line: int) -> list[ast.AST]:
        """Return the assignments before a line; of those to one name the ones since the last error."""
        before = max(
            (call.lineno for at, call in self.errors if at is function and call.lineno < line), default=0
        )
        nodes = [each for each in ast.walk(function) if isinstance(each, ast.Assign) and each.lineno < line]
        later = {
            name for each in nodes if each.lineno > before for name, _ in _pairs(each.targets[0], each.value)
        }
        return [
            each
            for each in nodes
            if each.lineno > before
            or not later.intersection(name for name, _ in _pairs(each.targets[0], each.value))
        ]

    def _given(self, function: str, parameters: Sequence[str]) -> Iterator[dict[str, ast.expr]]:
        """Yield the texts that each caller in this module gives to the parameters of a function."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _name(node.func) == function:
                given = dict(zip(parameters, node.args, strict=False))
                given |= {each.arg: each.value for each in node.keywords if each.arg}
                yield {name: value for name, value in given.items() if isinstance(value, TEXTS)}


def _calls(
    node: ast.AST, function: ast.FunctionDef | None
) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
    """Yield each call that makes an error, with the function around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and _name(child.func) in {*CLASSES, REFUSED}:
            yield function, child
        yield from _calls(child, child if isinstance(child, ast.FunctionDef) else function)


def _imported(file: Path, tree: ast.Module) -> dict[str, ast.expr]:
    """Return the constants, and the functions that word texts, of the modules that a module imports from."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        source = _source(file, node) if isinstance(node, ast.ImportFrom) else None
        if isinstance(node, ast.ImportFrom) and source:
            their_tree = ast.parse(source.read_text(encoding="utf-8"))
            theirs = _single(_assigned(their_tree.body)) | _returned(their_tree)
            found |= {name: value for name, value in theirs.items() if name.isupper() or name.endswith("()")}
    return found


def _returned(tree: ast.Module) -> dict[str, ast.expr]:
    """Return what functions return that only word one text, as `name()`."""
    found: dict[str, ast.expr] = {}
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        if len(values) == 1 and isinstance(values[0], ast.JoinedStr):
            literal = "".join(str(part.value) for part in values[0].values if isinstance(part, ast.Constant))
            if sum(map(str.isalpha, literal)) >= FEWEST_LETTERS:
                found[f"{function.name}()"] = values[0]
    return found


def _source(file: Path, node: ast.ImportFrom) -> Path | None:
    """Return the file of the same package that is imported from."""
    above = [each for each in file.parents if each.name == "src"]
    folder = file.parents[node.level - 1] if node.level else (above or file.parents)[0]
    source = folder.joinpath(*(node.module or "").split(".")).with_suffix(".py")
    return source if source.is_file() else None


def _assigned(nodes: Sequence[ast.AST]) -> dict[str, list[ast.expr]]:
    """Return the texts to which names are set."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for name, value in _pairs(node.targets[0], node.value):
                found.setdefault(name, []).append(value)
    return {name: values for name, values in found.items() if all(isinstance(each, TEXTS) for each in values)}


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ast.Tuple(elts=names), ast.Tuple(elts=values):
            for one, its in zip(names, values, strict=False):
                yield from _pairs(one, its)


def _single(assigned: Mapping[str, list[ast.expr]]) -> dict[str, ast.expr]:
    return {name: values[0] for name, values in assigned.items() if len(values) == 1}


def _branches(assigned: Mapping[str, list[ast.expr]]) -> Iterator[dict[str, ast.expr]]:
    """Yield what names stand for in one branch after the other; what is set once is the same in all."""
    for values in zip_longest(*assigned.values()) if assigned else [()]:
        branch = zip(assigned, values, strict=True)
        yield {name: assigned[name][-1] if value is None else value for name, value in branch}


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def _either(one: str, other: str) -> str:
    if one.strip() and other.strip():
        return f"[{one} | {other}]"
    return f"[{one or other}]"


def _tidy(text: str) -> str:
    return " ".join(text.split())
