"""How links and e-mail addresses are spelt: patterns for the scanner.

Runs are possessive or bounded, so that no text makes the search slower than linear. Whether a
host exists nobody asks: a name ending is known by a list only where nothing else says "link".
"""

from deployments.text.markup import JOINER

#: A sign of a word; no variation selector and no keycap, which end an emoji.
WORD_SIGN = r"[\p{L}\p{N}\p{M}_--[\uFE0E\uFE0F\u20E3]]"

# A name that ends in one of these is a link as it stands. Not among them are endings that are
# words and may begin a sentence after a forgotten space: "in", "it", "to", "so", "me", "today".
_ENDINGS = (
    r"com|org|net|edu|gov|io|ai|app|dev|tech|info|biz|xyz|eu|tv|fm|co"
    r"|agency|academy|blog|careers|cloud|club|coach|consulting|digital|online|page|shop|site"
    r"|solutions|space|store|studio|ventures|website"
    r"|ae|ar|au|be(?=/)|br|ca|ch|cl|cn|cz|de|dk|fi|fr|gr|hk|hu|ie|il|jp|ke|kr|mx|ng|nl|nz|ph|pk|pl"
    r"|ro|ru|se|sg|sk|th|tr|tw|ua|uk|vn|za"
    r"|(?:ac|co|com|gov|net|org)\.[a-z]{2}"
)
_CAPITAL_ENDINGS = r"COM|ORG|NET|EDU|GOV|IO|AI|APP|DEV|CO\.[A-Z]{2}|COM\.[A-Z]{2}"
# Before a path any ending will do, but these are of files and of libraries ("Node.js/React").
_FILE_ENDINGS = (
    r"c|cc|cpp|cs|css|csv|docx?|exe|gif|go|gz|h|html?|ipynb|java|jpe?g|jsx?|json|kt|md|mp[34]|pdf"
    r"|php|png|pptx?|py|rb|rs|sh|sql|svg|swift|tar|toml|tsx?|txt|xlsx?|xml|ya?ml|zip"
)
_NO_HOST = (
    r"(?: asp | vb | ado | ml ) \.net (?! [\w/] ) | [ei]\.[ge]\. | a\.k\.a | \p{N}++ \. \p{L}"
)

# The end of a possessive ('s) is none of the link, a dash only within a name ("Hatfield–McCoy_").
_SIGN = (
    rf"[\w{JOINER}/\#@&=%$~+*:;,.?!\[\]-] | '(?!s\b) | \|++(?=\w)(?!https?:)"
    r" | (?<=\w) – (?=\w{1,40}+_ | \w{0,40}?_ )"
)
# Brackets only in pairs, and no punctuation at the end: that belongs to the sentence.
_TAIL = rf"(?: {_SIGN} | \( [\w/\#&=%~+,.-]{{0,256}}+ \) )+ (?<! [.,:;?!'*\[\]~{JOINER}] )"
# Labels of a host name have at most 63 signs (RFC 1035), local parts of an address 64 (RFC 5321).
LABELS = rf"(?: [\p{{L}}\p{{N}}_] [{WORD_SIGN}\-]{{0,62}}+ \. ){{1,8}}"
_CAPITAL_LABELS = r"(?: [\p{Lu}\p{N}] [\p{Lu}\p{N}-]{0,62}+ \. ){1,8}"

_ADDRESS = rf"(?<! {WORD_SIGN} ) [{WORD_SIGN}.+%\-]{{1,64}}+ @ {JOINER}*+ {LABELS} \p{{L}}{{2,24}}+"
_WITH_SCHEME = rf"(?<! [@＠\#＃$] ) (?i: https?:// | www\. ) {_TAIL}"
_BARE = rf"""
    (?<! {WORD_SIGN} | [@＠\#＃$/] | \w\. ) (?! (?i: {_NO_HOST} ) )
    (?: (?: {LABELS} (?: {_ENDINGS} | Com ) | {_CAPITAL_LABELS} (?: {_CAPITAL_ENDINGS} ) )
        (?! {WORD_SIGN} | [@-] | \.\w ) (?: [/?\#:] {_TAIL} )?+
      | (?: {LABELS} (?! (?: {_FILE_ENDINGS} ) / ) [a-z]{{2,24}}+
          | {_CAPITAL_LABELS} [A-Z]{{2,24}}+ ) / {_TAIL} )
"""
#: A link with a scheme, an e-mail address, or a host name as it is written in posts.
LINK = rf"{_WITH_SCHEME} | {_ADDRESS} | {_BARE}"
