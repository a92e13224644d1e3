"""Package of the gate kiosk. Tool settings live in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

CORE = [
    "opencv-python-headless>=4.10",
    "numpy>=1.26",
    "zxing-cpp>=2.2,<4",
    "pyzbar>=0.1.9,<0.2",
    "pyserial>=3.5,<4",
    "minimalmodbus>=2,<3",
    "requests>=2.32,<3",
    "starlette>=0.40",
    "uvicorn>=0.30",
    "pydantic>=2.7,<3",
    "PyYAML>=6,<7",
    "cryptography>=47",
    "cbor2>=6.3,<7",
    "gpiozero>=2,<3",
    "click>=8.1,<9",
    "segno>=1.6,<2",
    "reportlab>=4",
    "python-json-logger>=3.2",
    "argon2-cffi>=23.1",
    "phonenumbers>=9",
    "python-stdnum>=2",
    "openpyxl>=3.1,<4",
    "fonttools>=4.50",
    "pypinyin>=0.50,<1",
]
CENTRAL = [
    "fastapi>=0.110",
    "sqlalchemy>=2,<3",
    "jinja2>=3.1",
    "pypdfium2>=4.30",
    "pypinyin>=0.50",
]
TEST = [
    "pytest>=8",
    "pytest-timeout>=2.3",
    "pytest-xdist>=3.5",
    "hypothesis>=6.100",
    "mfusepy>=3",
    "playwright>=1.45",
    "axe-playwright-python>=0.1.4",
    "fonttools[woff]>=4.50",
    "mypy>=1.11",
    "ruff>=0.6",
    "import-linter>=2",
    "setuptools>=64",
    "types-requests",
    "types-PyYAML",
    "types-pyserial",
]

setup(
    name="gate-kiosk",
    version="0.1.0",
    description="Screens residents at the gate of a community, off line first",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["kiosk", "kiosk.*"]),
    package_data={
        "kiosk": ["py.typed"],
        "kiosk.devices": ["maps/*.yaml"],
        "kiosk.rulebook": ["presets/*.yaml"],
        "kiosk.screen": ["static/**/*", "catalogues/*.json", "pinyin.txt"],
        "kiosk.central": ["pages/*", "pages/phone/*"],
        "kiosk.runtime": ["pages/*"],
        "kiosk.ledger": ["words/*.json", "pages/*"],
    },
    install_requires=CORE,
    extras_require={
        # For Python 3.13 there is no wheel of it: Debian 13 has python3-lgpio.
        "pi": ["lgpio>=0.2.2,<1; python_version < '3.13'"],
        "central": CENTRAL,
        "test": [*CENTRAL, *TEST],
    },
    entry_points={"console_scripts": ["kiosk = kiosk.cli:main"]},
)
