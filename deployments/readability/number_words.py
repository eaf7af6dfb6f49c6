"""How many syllables a number has when it is read aloud, in languages other than English.

Knows the words of a language by their syllables alone, as data; which words those are stands
beside the data. English figures are in ``syllables``.
"""

from dataclasses import dataclass

#: Longer numbers are read figure by figure.
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class NumberWords:
    """Syllables of the words for numbers.

    Attributes:
        small: of 0 to 19.
        tens: of 20, 30, ... 90.
        hundreds: of 100, 200, ... 900, as they stand before a rest.
        thousand: of the word after one, and after more ("tysiąc", "tysiące").
        million: of "one million", and of the word for more of them.
        point: of the word for the decimal comma.
        ten_join: of the "and" between tens and ones.
        first_join_only: whether that stands before a one alone (French "vingt et un").
        unjoined_twenty: whether there is none from 21 to 29 (Spanish "veintiuno").
        hundred_join: of the "and" between hundreds and the rest.
        even_hundred: of 100 alone, where it is a shorter word ("cien", "cem").
        eliding: ones before which the tens lose a vowel (Italian "ventuno").
        twenties: tens that go on counting from the ten before (French "soixante-dix").
        years_in_hundreds: whether 1998 is read as nineteen hundred and ninety-eight.
    """

    small: tuple[int, ...]
    tens: tuple[int, ...]
    hundreds: tuple[int, ...]
    thousand: tuple[int, int]
    million: tuple[int, int]
    point: int
    ten_join: int = 0
    first_join_only: bool = False
    unjoined_twenty: bool = False
    hundred_join: int = 0
    even_hundred: int | None = None
    eliding: frozenset[int] = frozenset()
    twenties: frozenset[int] = frozenset()
    years_in_hundreds: bool = False

    def read(self, figure: str) -> int:
        """Syllables of figures as written: "1.250", "3,5", "2015", "2.0"."""
        whole, point, decimals = _parts(figure)
        if not (whole + decimals).isascii() or len(whole) > _LONGEST:
            return sum(self.small[int(digit)] for digit in whole + decimals)
        number = int(whole)
        is_year = self.years_in_hundreds and len(figure) == 4 and 1100 <= number < 2000
        spoken = self._in_hundreds(number) if is_year else self.cardinal(number)
        return spoken + self.point * point + sum(self.small[int(digit)] for digit in decimals)

    def cardinal(self, number: int) -> int:
        """Syllables of a number from 0."""
        if number < 100:
            return self._below_hundred(number)
        if number < 1_000:
            return self._below_thousand(number)
        if number < 1_000_000:
            head, rest = divmod(number, 1_000)
            spoken = self.thousand[head > 1] + (self.cardinal(head) if head > 1 else 0)
        else:
            head, rest = divmod(number, 1_000_000)
            spoken = self.million[head > 1] + (self.cardinal(head) if head > 1 else 0)
        return spoken + (self.cardinal(rest) if rest else 0)

    def _in_hundreds(self, year: int) -> int:
        hundred = self.hundreds[0]
        rest = year % 100
        spoken = self.small[year // 100] + hundred
        return spoken + (self.hundred_join + self._below_hundred(rest) if rest else 0)

    def _below_thousand(self, number: int) -> int:
        hundreds, rest = divmod(number, 100)
        if rest:
            return self.hundreds[hundreds - 1] + self.hundred_join + self._below_hundred(rest)
        if hundreds == 1 and self.even_hundred is not None:
            return self.even_hundred
        return self.hundreds[hundreds - 1]

    def _below_hundred(self, number: int) -> int:
        tens, ones = divmod(number, 10)
        if tens < 2:
            return self.small[number]
        if tens in self.twenties:
            tens, ones = tens - 1, ones + 10
        if not ones:
            return self.tens[tens - 2]
        return self.tens[tens - 2] + self._join(tens, ones) + self.small[ones]

    def _join(self, tens: int, ones: int) -> int:
        if ones in self.eliding:
            return -1
        if self.first_join_only:
            return self.ten_join if ones in (1, 11) and tens < 8 else 0
        return 0 if self.unjoined_twenty and tens == 2 else self.ten_join


def _parts(figure: str) -> tuple[str, bool, str]:
    """Whole part, whether there are decimals, and these; dots part thousands, a comma decimals."""
    whole, comma, decimals = figure.partition(",")
    groups = whole.split(".")
    if not comma and len(groups) > 1 and len(groups[-1]) != 3:  # "2.0"
        whole, comma, decimals = "".join(groups[:-1]), ".", groups[-1]
    digits = "".join(filter(str.isdigit, whole.replace(".", "")))
    return digits or "0", bool(comma), "".join(filter(str.isdigit, decimals))
