"""Which sign stands for which LaTeX command. Data for ``bot.text.latex``; the bulk comes from pylatexenc, loaded when first needed."""

from __future__ import annotations

from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> dict[str, str]:
    """``"name sign name sign"`` as a table; ``~`` stands for a blank and ``~~`` for nothing."""
    words = [{"~": " ", "~~": ""}.get(word, word) for word in text.split()]
    return dict(zip(words[::2], words[1::2], strict=True))


ACCENTS = dict(
    zip("`'^\"~=.uvHcdbkr", "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0306\u030c\u030b\u0327\u0323\u0331\u0328\u030a", strict=True)
)
MATH_ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304", "overline": "\u0304",
    "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "breve": "\u0306", "acute": "\u0301", "grave": "\u0300",
    "mathring": "\u030a",
}  # fmt: skip
SIGNS = {sign: sign for sign in "%&#_{}$"} | dict.fromkeys(" ,;:>\n\t\r\\", " ") | dict.fromkeys("!/-@*", "") | {"|": "‖"}
#: Where we differ from the big table, or it is silent.
SYMBOLS = {"choose": " choose ", "etal": "et al."} | _pairs(
    r"""epsilon ε eps ε phi φ ast * star * mid | prime ′ backslash ∖ textbackslash \ slash / S § P ¶ pounds £ copyright © dag † ddag ‡
    textdegree ° degree ° textasciitilde ∼ textasciicircum ^ textunderscore _ textbar | textless < textgreater > textperthousand ‰ euro €
    texteuro € textmu μ micro μ lbrack [ rbrack ] lbrace { rbrace } colon : iff ⇔ implies ⇒ impliedby ⇐ leqslant ≤ geqslant ≥ hslash ℏ
    Bbbk 𝕜 item • over / atop / ie i.e. eg e.g. etc etc. middle ~~ quad ~ qquad ~ enspace ~ thinspace ~ space ~ newline ~ par ~
    linebreak ~ cr ~ lq ‘ rq ’ dots … ldots … dotsc … dotsb … hdots … bigO O Oh O textendash – textemdash — textquoteright ’
    textquoteleft ‘ Vert ‖ lVert ‖ rVert ‖"""
)
DOUBLE_STRUCK = _pairs("C ℂ H ℍ N ℕ P ℙ Q ℚ R ℝ Z ℤ 1 𝟙")
USER_SETS = {name * times: DOUBLE_STRUCK[name] for name in "CNQRZ" for times in (1, 2)}
#: Letters of text, after which LaTeX swallows the blank.
LETTERS = _pairs("ss ß SS ẞ o ø O Ø l ł L Ł ae æ AE Æ oe œ OE Œ aa å AA Å i ı j ȷ dh ð DH Ð dj đ DJ Đ th þ TH Þ ng ŋ NG Ŋ")
FUNCTIONS = _words(
    """log ln lg exp sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth max min sup inf lim limsup liminf argmax argmin
    arg det dim ker deg gcd hom Hom Pr mod Re Im rank tr Tr diag sign sgn supp span Aut End Gal Spec poly polylog Var Cov"""
)
#: Change how things look, or where they stand, and nothing else.
STYLES = _words(
    """rm bf it em sl sc sf tt cal frak bb mit normalfont displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits left
    right big Big bigg Bigg bigl bigr bigm Bigl Bigr Bigm biggl biggr Biggl Biggr tiny scriptsize footnotesize small normalsize large
    Large LARGE huge Huge noindent centering protect xspace relax boldmath unboldmath bfseries itshape rmfamily sffamily ttfamily
    mdseries upshape scshape slshape nonumber notag smallskip medskip bigskip newpage hfill hfil null leavevmode allowbreak nobreak"""
)
TEXT = _words(
    """text textrm textup textnormal textit textbf textsc texttt textsf textsl emph mbox hbox fbox footnotesize small underline uline"""
)
DROPPED = _words("label vspace hspace begin end color phantom pagestyle")
FORMULAS = _words("equation align eqnarray gather multline displaymath math cases aligned split")
KNOWN = dict.fromkeys((*STYLES, *TEXT, *FUNCTIONS, "mathbb", "mathcal", "mathrm", "mathbf", "operatorname"), "")
FRACTIONS = _words("frac dfrac tfrac nicefrac sfrac cfrac textfrac")
COLOURED = _words("textcolor colorbox raisebox scalebox resizebox")

SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθχ*′†‡°∘∗⊤'",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵡ*′†‡°°*ᵀ'",
        strict=True,
    )
)
SUBSCRIPTS = dict(zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))


@lru_cache(maxsize=1)
def table() -> dict[str, str]:
    """Command name -> sign, for the hundreds of symbols of LaTeX. Loaded when the first one is met."""
    from pylatexenc.latex2text import get_default_latex_context_db

    specs = get_default_latex_context_db().iter_macro_specs()
    known = {spec.macroname: spec.simplify_repl for spec in specs if isinstance(spec.simplify_repl, str)}
    short = {name: sign for name, sign in known.items() if 0 < len(sign) <= 2 and "%" not in sign and name.isalpha()}
    return short | SYMBOLS
