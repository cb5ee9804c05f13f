import os
import pathlib

folder = pathlib.Path("/state/secrets")
folder.mkdir(mode=0o700, exist_ok=True)
for name, value in os.environ.items():
    if name.startswith("FILE_"):
        file = os.open(folder / name[5:], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(file, value.encode())
        os.close(file)
