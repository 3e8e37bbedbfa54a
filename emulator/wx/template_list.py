"""The templates that an account has chosen."""

from typing import Any

from emulator.calls import Call, Endpoint
from emulator.config import Template

TYPES = {"one_time": 2, "long_term": 3}


def list_templates(call: Call) -> dict[str, Any]:
    """GET /wxaapi/newtmpl/gettemplate: of the mini program."""
    chosen = [t for t in call.platform.world.templates if t.use == "subscribe"]
    return {"errcode": 0, "errmsg": "ok", "data": [_described(template) for template in chosen]}


def _described(template: Template) -> dict[str, Any]:
    content = "".join(f"{label}:{{{{{key}.DATA}}}}\n" for key, label in template.fields.items())
    example = "".join(f"{label}:示例\n" for label in template.fields.values())
    kind = TYPES[template.kind]
    return {
        "priTmplId": template.id,
        "title": template.title,
        "content": content,
        "example": example,
        "type": kind,
    }


def list_official_templates(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/template/get_all_private_template: of the official account."""
    chosen = [t for t in call.platform.world.templates if t.use == "template"]
    return {"template_list": [_official(template) for template in chosen]}


def _official(template: Template) -> dict[str, Any]:
    content = "".join(f"{label}:{{{{{key}.DATA}}}}\n" for key, label in template.fields.items())
    return {"template_id": template.id, "title": template.title, "content": content, "example": ""}


ENDPOINTS = [
    Endpoint("GET", "/wxaapi/newtmpl/gettemplate", list_templates),
    Endpoint("GET", "/cgi-bin/template/get_all_private_template", list_official_templates, of="official"),
]
