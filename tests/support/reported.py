"""What a command said."""


def one_sentence(result):
    assert result.code == 1, (result.out, result.err)
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 1, result.err
    assert "Traceback" not in result.err
    return result.err
