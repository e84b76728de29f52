"""IBM API keys: tokens are bought in time and once, and a refused one is replaced."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.bucket_admin import create_bucket
from cloudanno_desktop.bucket.connection_check import CheckName, CheckResult, check_connection
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    ConnectionRefused,
    save_connection,
)
from cloudanno_desktop.bucket.connections.credentials import Secret, SecretMissing
from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    PresignImpossible,
    StorageFailed,
    Unreachable,
)
from cloudanno_desktop.bucket.open_bucket import list_buckets, open_bucket
from cloudanno_desktop.bucket.s3 import ibm_iam
from cloudanno_desktop.bucket.s3.client import make_client
from cloudanno_desktop.bucket.s3.ibm_iam import Token, Tokens, tokens_of
from tests.support.iam_service import API_KEY, iam_service
from tests.support.small_s3 import small_s3

SECRET = Secret(api_key=API_KEY)
INSTANCE = "crn:v1:bluemix:public:cloud-object-storage:global:a/1:2::"


@pytest.fixture
def iam():
    with iam_service() as service:
        yield service


@pytest.fixture
def service(iam):
    """Serve S3 to whoever has the newest token."""
    with small_s3() as state:
        state.allows = lambda header: iam.given and header == f"Bearer {iam.given[-1]}"
        state.objects["photos/a.jpg"] = b"a photo"
        yield state


@pytest.fixture
def ibm(iam, service):
    return Connection(
        name="ibm",
        endpoint_url=service.url,
        uses_api_key=True,
        resource_instance_id=INSTANCE,
        iam_url=iam.url,
    )


@pytest.fixture
def bucket(ibm):
    bucket = open_bucket(parse_address("s3://photos", ibm), SECRET)
    yield bucket
    bucket.close()


def test_an_api_key_reads_writes_lists_and_deletes(bucket, iam, service):
    bucket.put("b c.jpg", b"other", PutOptions(if_absent=True))
    keys = [entry.key for page in bucket.list_pages() for entry in page.objects]

    assert bucket.get("a.jpg").body == b"a photo"
    assert keys == ["a.jpg", "b c.jpg"]
    assert bucket.delete(["b c.jpg"]) == []
    assert list(service.objects) == ["photos/a.jpg"]
    assert iam.forms == [
        {
            "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
            "response_type": "cloud_iam",
            "apikey": API_KEY,
        }
    ]


def test_only_requests_about_buckets_name_the_instance(ibm, bucket, service):
    assert list_buckets(ibm, SECRET) == ["photos"]
    create_bucket(ibm, "more", SECRET)
    bucket.get("a.jpg")

    named = [
        (method, path)
        for method, path, headers in service.seen
        if "ibm-service-instance-id" in headers
    ]
    assert named == [("GET", "/"), ("PUT", "/more")]
    reported = [headers for _, _, headers in service.seen if "ibm-service-instance-id" in headers]
    assert {headers["ibm-service-instance-id"] for headers in reported} == {INSTANCE}


def test_twelve_threads_at_once_buy_one_token(bucket, iam):
    barrier = threading.Barrier(12)
    iam.gate.clear()

    def read():
        barrier.wait()
        return bucket.get("a.jpg").body

    with ThreadPoolExecutor(12) as pool:
        reads = [pool.submit(read) for _ in range(12)]
        iam.gate.set()
        assert {each.result() for each in reads} == {b"a photo"}
    assert len(iam.forms) == 1


def test_a_revoked_token_is_replaced_once_for_all_threads(bucket, iam, service):
    bucket.get("a.jpg")
    iam.given.append("eyJ-the-service-wants-another")

    with ThreadPoolExecutor(12) as pool:
        bodies = list(pool.map(lambda _: bucket.get("a.jpg").body, range(12)))

    assert set(bodies) == {b"a photo"}
    assert len(iam.forms) == 2


def test_an_upload_whose_token_was_revoked_arrives_whole(bucket, iam, service, tmp_path):
    bucket.get("a.jpg")
    iam.given.append("eyJ-the-service-wants-another")
    photo = tmp_path / "b.jpg"
    photo.write_bytes(bytes(range(256)) * 8_000)

    bucket.upload("b.jpg", photo)

    assert service.objects["photos/b.jpg"] == photo.read_bytes()


def test_a_token_that_is_refused_twice_is_told(bucket, iam, service):
    service.allows = lambda _: False

    with pytest.raises(AccessDenied, match="InvalidToken"):
        bucket.get("a.jpg")
    assert len(iam.forms) == 2
    assert len(service.seen) == 1 + 2  # then by boto3, with both tokens


@pytest.fixture
def now(ibm, monkeypatch):
    """Return the time that the tokens of the connection go by, in a list."""
    now = [1000.0]
    monkeypatch.setattr(tokens_of(ibm, API_KEY), "_clock", lambda: now[0])
    return now


def test_a_token_is_renewed_before_it_expires(bucket, iam, now):
    for now[0] in (1000, 1000 + 0.74 * 3600, 1000 + 0.76 * 3600, 1000 + 1.4 * 3600):
        assert bucket.get("a.jpg").body == b"a photo"
    assert len(iam.forms) == 2
    now[0] = 1000 + 100 * 3600  # the computer slept
    assert bucket.get("a.jpg").body == b"a photo"
    assert len(iam.forms) == 3


def test_the_old_token_serves_while_no_new_one_can_be_had(bucket, iam, service, now):
    bucket.get("a.jpg")
    iam.is_down = True
    now[0] += 0.9 * 3600
    assert [bucket.get("a.jpg").body for _ in range(3)] == [b"a photo"] * 3
    assert len(iam.forms) == 2

    now[0] += 0.2 * 3600
    asked = len(service.seen)
    with pytest.raises(StorageFailed, match="exchange the API key for a token"):
        bucket.get("a.jpg")
    assert len(service.seen) == asked

    iam.is_down = False
    assert bucket.get("a.jpg").body == b"a photo"


def test_a_wrong_api_key_is_told_without_repeating_it(ibm):
    with pytest.raises(AccessDenied, match="BXNIM0415E") as caught:
        list_buckets(ibm, Secret(api_key="a-wrong-key"))
    assert "a-wrong-key" not in str(caught.value)

    found = {c.name: c.result for c in check_connection(ibm, Secret(api_key="a-wrong-key"))}
    assert found[CheckName.REACH] is CheckResult.PASSED
    assert found[CheckName.AUTHENTICATE] is CheckResult.FAILED


def test_a_service_for_tokens_that_is_down_is_told(ibm, bucket, iam):
    iam.is_down = True
    with pytest.raises(StorageFailed, match="503"):
        bucket.get("a.jpg")


def test_a_service_for_tokens_that_is_not_there_is_told(service):
    away = Connection(
        name="away",
        endpoint_url=service.url,
        uses_api_key=True,
        iam_url="http://127.0.0.1:9/identity/token",
    )
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        list_buckets(away, SECRET)


def test_a_test_of_the_connection_passes_and_leaves_nothing(ibm, service):
    checks = check_connection(ibm, SECRET, "s3://photos/team")

    failed = [check.name for check in checks if check.result is not CheckResult.PASSED]
    assert failed == [CheckName.CORS]
    assert list(service.objects) == ["photos/a.jpg"]
    assert service.parts == {}


def test_a_token_alone_signs_no_links_and_says_why(bucket):
    with pytest.raises(PresignImpossible, match="HMAC"):
        bucket.presign("a.jpg", 60)


@pytest.mark.parametrize("field", ["endpoint_url", "iam_url"])
def test_an_api_key_does_not_travel_in_the_open(field):
    addresses = {"endpoint_url": "https://s3.example.com", field: "http://s3.example.com"}
    with pytest.raises(ConnectionRefused, match="https"):
        save_connection(Connection("ibm", uses_api_key=True, **addresses))


def test_an_api_key_that_is_not_stored_here_is_asked_for(ibm):
    for secret in (None, Secret("only-a-secret-key")):
        with pytest.raises(SecretMissing, match="“ibm”"):
            make_client(ibm, secret)


class Shop:
    """Sells tokens that live 100 seconds, at a time that the test sets."""

    def __init__(self):
        self.now_s = 1000.0
        self.sold = 0
        self.is_down = False
        self.tokens = Tokens(self.buy, lambda: self.now_s)

    def buy(self):
        self.sold += 1
        if self.is_down:
            raise Unreachable("iam", "down")
        return Token(f"token {self.sold}", 100)


def test_a_token_is_renewed_when_a_quarter_of_its_life_is_left():
    shop = Shop()
    reported = []
    for now_s in (1000, 1074.9, 1075.1, 1076):
        shop.now_s = now_s
        reported.append(shop.tokens.current())
    assert reported == ["token 1", "token 1", "token 2", "token 2"]


def test_others_go_on_with_the_old_token_until_little_of_its_life_is_left():
    shop = Shop()
    shop.tokens.current()
    selling, sell = threading.Event(), threading.Event()

    def slowly():
        selling.set()
        assert sell.wait(10)
        return Token("new", 100)

    shop.tokens._buy = slowly
    shop.now_s = 1080  # 20 % left
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shop.tokens.current)
        assert selling.wait(10)
        assert shop.tokens.current() == "token 1"
        shop.now_s = 1084  # 16 % left
        waiting = pool.submit(shop.tokens.current)
        assert not waiting.done()
        sell.set()
        assert first.result() == waiting.result() == "new"


def test_the_old_token_is_used_while_it_lives_and_no_token_can_be_bought():
    shop = Shop()
    shop.tokens.current()
    shop.is_down = True
    shop.now_s = 1090
    assert [shop.tokens.current() for _ in range(3)] == ["token 1"] * 3
    assert shop.sold == 2
    shop.now_s += ibm_iam.PAUSE_S - 1
    assert shop.tokens.current() == "token 1"
    shop.now_s = 1101
    with pytest.raises(Unreachable):
        shop.tokens.current()
    shop.is_down = False
    assert shop.tokens.current().startswith("token ")


def test_threads_that_wait_in_vain_are_told_by_one_attempt():
    shop = Shop()
    asked, fail = threading.Event(), threading.Event()
    count = []

    def slowly():
        count.append(1)
        asked.set()
        assert fail.wait(10)
        raise Unreachable("iam", "down")

    shop.tokens._buy = slowly
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(shop.tokens.current)
        assert asked.wait(10)
        others = [pool.submit(shop.tokens.current) for _ in range(3)]
        while sum(other.running() for other in others) < 3:
            pass
        threading.Timer(0.1, fail.set).start()
        for each in (first, *others):
            assert isinstance(each.exception(), Unreachable)
    assert len(count) < 4


def test_tokens_show_nothing_of_themselves():
    token = Token("eyJ-secret", 100)
    tokens = Tokens(lambda: token)
    tokens.current()
    assert "eyJ" not in f"{token!r}{tokens!r}{tokens.current!r}"
