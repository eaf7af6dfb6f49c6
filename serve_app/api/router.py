"""From a method and a path to a route, or to the problem why there is none.

Exact paths are one lookup in a dict: on a request that is answered from the cache, the
routing of a web framework would be most of the time.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NoReturn

from serve_app.api.route import Route
from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quoted

_Methods = Mapping[str, Route]


class Dispatcher:
    """Finds routes."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, dict[str, Route]] = defaultdict(dict)
        for route in routes:
            self._exact[route.path][route.method] = route
        self._patterns = [
            (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), methods)
            for path, methods in self._exact.items()
            if "{" in path
        ]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route, and the values of its path's parameters.

        Raises:
            InvalidRequest: no route has this path, or it has other methods.
        """
        methods, parameters = self._methods(path)
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            _refuse_method(method, path, methods)
        return route, parameters

    def _methods(self, path: str) -> tuple[_Methods, dict[str, str]]:
        if path in self._exact:
            return self._exact[path], {}
        for pattern, methods in self._patterns:
            if match := pattern.fullmatch(path):
                return methods, match.groupdict()
        near = difflib.get_close_matches(path[:100], self._exact, n=1)
        fix = f"Did you mean {near[0]}? The routes are listed at /docs." if near else None
        raise InvalidRequest(problem("not-found", f"No route is at {quoted(path)}.", fix=fix))


def _refuse_method(method: str, path: str, methods: _Methods) -> NoReturn:
    allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
    detail = f"{path} answers {allowed}, not {quoted(method)}."
    headers = (("Allow", allowed),)
    raise InvalidRequest(problem("wrong-method", detail, headers=headers))
