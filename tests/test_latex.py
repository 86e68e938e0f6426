r"""LaTeX to Unicode: what people write in titles, abstracts and names."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.latex import to_unicode


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Bal\'azs, Land{\"o}, K\"{u}nstler, Mart\'{\i}n, Fran\c{c}ois, Dvo\v r\'ak", "Balázs, Landö, Künstler, Martín, François, Dvořák"),
        (r"{\L}ukasz Stra\ss e Erd\H{o}s \O stergaard \AA{}ngstr\"om \~{N}u\~nez", "Łukasz Straße Erdős Østergaard Ångström Ñuñez"),
        (r"{\'E}cole L{\'e}vy \'Etale \`a \^o \.Z \=a \k{a} \u{g} \r{u}", "École Lévy Étale à ô Ż ā ą ğ ů"),
        (r"K$\ddot{a}$hler", "Kähler"),
    ],
)
def test_accents_become_letters(written: str, read: str) -> None:
    assert to_unicode(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"$x_1$", "x₁"),
        (r"$\mathcal{O}(n^2)$", "O(n²)"),
        (r"$O(n\log n)$", "O(n log n)"),
        (r"$10^{-3}$ and 10^{-3}", "10⁻³ and 10⁻³"),
        (r"$\alpha$-stable", "α-stable"),
        (r"$\alpha x + \beta y$", "αx + βy"),
        (r"CO$_2$ and H$_{\rm 2}$O", "CO₂ and H₂O"),
        (r"$x_{max}$, $x_q$, $W^{s,p}$", "x_max, x_q, W^(s,p)"),
        (r"the $n^{th}$ and 20$^{\text{th}}$", "the nth and 20th"),
        (r"$\mathbb{R}^n \to \mathbb R$", "ℝⁿ → ℝ"),
        (r"$\frac{a}{b}$, $\frac{a+1}{b}$, $\frac12$", "a/b, (a+1)/b, 1/2"),
        (r"$\sqrt{2}$, $\sqrt{x+1}$, $\sqrt[3]{x}$", "√2, √(x+1), ³√x"),
        (r"$\binom{n}{k}$", "(n choose k)"),
        (r"$\{0,1\}^n$", "{0,1}ⁿ"),
        (r"$1{,}000{,}000$", "1,000,000"),
        (r"$\left( \frac{1}{2} \right]$", "(1/2]"),
        (r"$a \leq b \neq c$, $a\le b$, $x \not\in S$", "a ≤ b ≠ c, a≤b, x ∉ S"),
        (r"$\hat{x}$, $\bar x$, $\tilde{abc}$", "x̂, x̄, abc"),
        (r"$3\times 3$ and $3 \times 3$", "3×3 and 3 × 3"),
        (r"30$^\circ$C, $90^{\circ}$, $f'$, $C^*$, $A^\top$", "30°C, 90°, f', C*, Aᵀ"),
        (r"\(x^2\) and \[y\] and $$z$$", "x² and y and z"),
        (r"$p<0.05$, $>$100, $-$5, $\sim$5", "p<0.05, >100, -5, ∼5"),
        (r"$\text{if } x_i > 0$", "if xᵢ > 0"),
        (r"0.30 \pm 0.04 \mu m", "0.30 ± 0.04 μ m"),
        (r"\begin{equation} E = mc^2 \end{equation} holds", "E = mc² holds"),
    ],
)
def test_formulas_become_readable(written: str, read: str) -> None:
    assert to_unicode(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        # Half a formula, and an amount of money.
        ("The exponents p$ satisfies 1<p", "The exponents p satisfies 1<p"),
        ("explicit bound on the m$for which", "explicit bound on the m for which"),
        ("W(G):= W(A(G))$ which is", "W(G):= W(A(G)) which is"),
        ("by over 10×$ compared to 75$% and 1.3$x", "by over 10× compared to 75% and 1.3x"),
        *((one, one) for one in ("costs R$ 500 a day", "costs C$5", "costs 30$ a day", "US$ 7", "cost (in $)", "10^7 flops/$.")),
        *((one, one) for one in ("The $-Game was", "by A$AP Rocky", "IND$-CPA security", "both $G", "from $1.8MM to $5.2MM")),
        ("persist at $ z = 0.5$ and $> 1 $ and cost $5 < $6", "persist at z = 0.5 and > 1 and cost $5 < $6"),
        (r"a pencil $xH + yK $ if the matrices $H$ and $K$", "a pencil xH + yK if the matrices H and K"),
        # A system of equations has a brace on one side only.
        (r"the problem $\left\{ \begin{array}{l} u=0 \end{array} \right.$ in", "the problem u=0 in"),
        (r"problem $(P)\left\{ % -\Delta u = 0 \right.$", "problem (P) -Δu = 0"),
        ("rho < 10^{-6): effect", "rho < 10^-6): effect"),
        (
            "norm. {Moreover, since these estimates hold, they are computable.} We",
            "norm. Moreover, since these estimates hold, they are computable. We",
        ),
        ("{Spanish, French, German, Urdu, Cantonese} texts", "{Spanish, French, German, Urdu, Cantonese} texts"),
        # What is taken away from a set is seen to be.
        (r"$\mathbb{R}^n\backslash\Omega$ and $\Gamma\backslash G$", "ℝⁿ∖Ω and Γ∖G"),
        (r"$x\in\mathbb{Z}\setminus\{0\}$", "x∈ℤ∖{0}"),
    ],
)
def test_signs_without_their_other_half_go_and_real_ones_stay(written: str, read: str) -> None:
    assert to_unicode(written) == read
    assert to_unicode(read) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\textit{formalize} \emph{this} {\it et al.} {\bf x}", "formalize this et al. x"),
        (r"5\% of A\&B, \#1, a\_b, \$5", "5% of A&B, #1, a_b, $5"),
        (r"Fig.~3 by Smith~et~al.", "Fig. 3 by Smith et al."),
        ("a -- b, pages 3--7, wait---what", "a – b, pages 3–7, wait—what"),
        ("``quoted'' and `single'", "“quoted” and ‘single’"),
        (r"\ourmethod{} beats \foo{bar} and \foo{a}{b}", "ourmethod beats bar and a b"),
        (r"\ours achieves", "ours achieves"),
        (r"{B}ayesian {COVID-19} {A Survey of Things}", "Bayesian COVID-19 A Survey of Things"),
        (r"\textcolor{red}{red} \cite{key} x\footnote{note}", "red [key] x (note)"),
        (r"\textbf{cut off", "cut off"),
        (r"one\\two\newline three", "one two three"),
    ],
)
def test_markup_goes_and_its_text_stays(written: str, read: str) -> None:
    assert to_unicode(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\url{https://a.example/b_c}", "https://a.example/b_c"),
        (r"\href{https://a.example/x}{here}", "here (https://a.example/x)"),
        (r"\href{https://a.example/x}{a.example/x}", "https://a.example/x"),
        ("see {https://a.example/x}.", "see https://a.example/x."),
        ("https://a.example/x{https://a.example/x}", "https://a.example/x"),
        (r"https://a.example/\~me/a\_b--c", "https://a.example/~me/a_b--c"),
        ("https://a.example/~me/a_b--c?x=1&y=2", "https://a.example/~me/a_b--c?x=1&y=2"),
    ],
)
def test_addresses_come_out_whole_and_once(written: str, read: str) -> None:
    assert to_unicode(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain words, C++ and C#, 100% of R^2, snake_case, x^2, a_b.",
        "It costs $5 and $6, or $5-$10; US$ 3, 20$ a month.",
        "It costs $10; US$ 3, 20$ a month, $100M and a 20$ fee",
        "from $5M to $10M a year",
        r"Save it under C:\Users\name\file.txt or D:\temp",
        r"the pattern \d+",
        "--verbose and foo --bar",
        "~50 and (~3x), 10~20",
        "{0, 1} and {x, y}",
        "It's Alice's `code` and 5'' of rain",
        "a --> b <-- c",
        "naïve café Ünïcödé 中文 🙂 — “x” ‘y’",
        "\\",
        "x < y > z & w",
    ],
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert to_unicode(text) == text


_PIECES = st.sampled_from(
    [
        *r"\${}^_~`'&%#-[]() ab1,.",
        "\\frac",
        "\\alpha ",
        "\\textbf{",
        "\\'e",
        "\\begin{equation}",
        "\\href{",
        "https://x.y/",
        "$$",
        "\\(",
        "C:\\",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join)))
@example("\\$x\\$")
@example("{" * 200 + "$" * 200)
@example("\\\\frac\\frac{}")
def test_nothing_breaks_it_and_what_comes_out_stays(text: str) -> None:
    read = to_unicode(text)
    assert to_unicode(read) == read


def test_hostile_texts_take_no_time() -> None:
    for piece in ("{", "}", "$", "\\frac", "\\", "`", "{$", "^{", "\\begin{equation}", "$a", "\\hat", "https://a.b/", "~-"):
        assert isinstance(to_unicode(piece * 3000), str)


def test_letters_and_digits_of_plain_words_survive() -> None:
    text = r"\textbf{Alpha} $beta_{gamma}$ \unknown{delta} {epsilon} \emph{zeta \textit{eta}} \(theta\) ``iota''"
    assert re.findall(r"\w+", to_unicode(text)) == ["Alpha", "beta_gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota"]


def test_hardly_any_latex_is_left_in_real_papers(test_data: Path) -> None:
    left = re.compile(r"\\[A-Za-z]|\$(?!\s?\d)|[\^_]\{")
    texts = []
    with gzip.open(test_data / "corpus" / "papers-sample.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 15 == 0:
                record = json.loads(line)
                texts += [record["title"], record["abstract"]]
    marked = [text for text in texts if left.search(text)]
    dirty = [text for text in marked if left.search(to_unicode(text))]
    assert len(marked) > 200
    assert len(dirty) <= 0.005 * len(texts) and len(dirty) <= 0.05 * len(marked)
