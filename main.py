"""`python main.py …` does what `fig …` does, from a checkout that is not installed."""

from omnifig import entry

if __name__ == "__main__":
    entry()
