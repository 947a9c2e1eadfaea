"""`python main.py …` does what `fig …` does, from a checkout that is not installed."""

from disentcli.cli import fig

if __name__ == "__main__":
    fig()
