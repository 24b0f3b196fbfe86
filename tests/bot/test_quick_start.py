"""aiogram's models are built when they are first used, and then all of them can be."""

import subprocess
import sys

SCRIPT = """
import bot, aiogram.methods, aiogram.types
from pydantic import BaseModel

models = [
    model
    for module in (aiogram.types, aiogram.methods)
    for name in module.__all__
    if isinstance(model := getattr(module, name), type) and issubclass(model, BaseModel)
]
print(len(models), sum(not model.__pydantic_complete__ for model in models))
for model in models:
    assert model.model_rebuild() is not False, model
message = {"message_id": 1, "date": 1, "chat": {"id": 2, "type": "private"}, "text": "hi"}
assert aiogram.types.Update.model_validate({"update_id": 1, "message": message}).message.chat.id == 2
"""


def test_no_model_of_aiogram_is_built_before_it_is_used_and_every_one_can_be() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    models, waiting = map(int, told.stdout.split())
    assert models > 300
    assert waiting > models / 2
