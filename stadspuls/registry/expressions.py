"""JMESPath expressions as people write them in city files."""

from typing import Annotated

from jmespath import compile as compile_expression
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator


def _expression(text: str) -> str:
    try:
        compile_expression(text)
    except JMESPathError as error:
        told = str(error).splitlines()[0]
        raise ValueError(f"{text!r} is no JMESPath expression: {told}") from None
    return text


Expression = Annotated[str, AfterValidator(_expression)]
