"""A service that only lists, in any of the ways in which services do."""

import random
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote_plus
from xml.sax.saxutils import escape

from tests.support.canned_service import canned_bucket, xml, xml_error


@dataclass
class ListingService:
    """Answers listings of ``keys``.

    Attributes:
        has_v2: ListObjectsV2 is known; otherwise it is answered by ``refusal``, or as if it were
            ListObjects where that is empty.
        is_shuffled: the order of keys is any, as with IBM; pages follow each other by tokens alone.
        tells_marker: ListObjects tells where the next page begins.
        repeats: every page comes twice.
        is_bare: objects have neither ETag nor time.
        asked: the queries that came.
    """

    keys: list
    page_size: int = 1000
    has_v2: bool = True
    refusal: str = ""
    is_shuffled: bool = False
    tells_marker: bool = False
    repeats: bool = False
    is_bare: bool = False
    encodes: bool = True
    asked: list = field(default_factory=list)

    def __post_init__(self):
        self.keys = sorted(self.keys, key=str.encode)
        if self.is_shuffled:
            random.Random(7).shuffle(self.keys)

    def __call__(self, head):
        query = head.split(b" ", 2)[1].partition(b"?")[2].decode()
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        self.asked.append(asked)
        is_v2 = asked.get("list-type") == "2"
        if is_v2 and not self.has_v2 and self.refusal:
            return xml_error(501, self.refusal)
        return self._page(asked, is_v2=is_v2 and self.has_v2)

    def _page(self, asked, *, is_v2):
        names = self._names(asked.get("prefix", ""), asked.get("delimiter", ""))
        if is_v2:
            start, _, turn = asked.get("continuation-token", "0.0").partition(".")
            start, turn = int(start), int(turn)
        else:
            marker = asked.get("marker", "").encode()
            start = next((i for i, n in enumerate(names) if n.encode() > marker), len(names))
            turn = 1
        end = start + self.page_size
        token = ""
        if self.repeats and turn == 0:
            token = f"{start}.1"
        elif end < len(names):
            token = f"{end}.0"
        page = names[start:end]
        more = self._more(token, page, is_v2=is_v2)
        document = f"{self._head()}{more}{self._body(page)}"
        return xml(200, f"<ListBucketResult>{document}</ListBucketResult>")

    def _names(self, prefix, delimiter):
        found = [key for key in self.keys if key.startswith(prefix)]
        if not delimiter:
            return found
        names = {}
        for key in found:
            folder, slash, _ = key[len(prefix) :].partition(delimiter)
            names[prefix + folder + slash] = None
        return list(names)

    def _more(self, token, page, *, is_v2):
        if not token:
            return "<IsTruncated>false</IsTruncated>"
        reported = f"<NextContinuationToken>{token}</NextContinuationToken>" if is_v2 else ""
        if not is_v2 and self.tells_marker:
            reported = f"<NextMarker>{self._shown(page[-1])}</NextMarker>"
        return f"<IsTruncated>true</IsTruncated>{reported}"

    def _head(self):
        return "<EncodingType>url</EncodingType>" if self.encodes else ""

    def _body(self, page):
        known = set(self.keys)
        return "".join(map(self._object, (name for name in page if name in known))) + "".join(
            f"<CommonPrefixes><Prefix>{self._shown(name)}</Prefix></CommonPrefixes>"
            for name in page
            if name not in known
        )

    def _object(self, name):
        facts = f"<Key>{self._shown(name)}</Key><Size>5</Size>{self._facts(name)}"
        return f"<Contents>{facts}</Contents>"

    def _facts(self, name):
        if self.is_bare:
            return ""
        time = "<LastModified>2026-03-04T12:00:00.000Z</LastModified>"
        return f"<ETag>&quot;{hash(name) & 0xFFFFFFFF:08x}&quot;</ETag>{time}"

    def _shown(self, name):
        return quote_plus(name) if self.encodes else escape(name)


def listed(service, prefix=""):
    """Return the keys that a bucket of that service lists, in the order in which they came."""
    with canned_bucket(service) as (bucket, _):
        return [entry.key for page in bucket.list_pages(prefix) for entry in page.objects]
