"""Language tags as players want them."""

# ISO 639-2, which containers use, to ISO 639-1, which BCP 47 demands wherever it has a code (RFC 5646, 2.2.1).
# Here are the languages of Europe and the most spoken of the world; both codes of those that have two.
_SHORT = {
    "ara": "ar", "alb": "sq", "arm": "hy", "baq": "eu", "bel": "be", "ben": "bn", "bos": "bs", "bre": "br",
    "bul": "bg", "cat": "ca", "ces": "cs", "chi": "zh", "cor": "kw", "cos": "co", "cym": "cy", "cze": "cs",
    "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "est": "et", "eus": "eu", "fao": "fo",
    "fas": "fa", "fin": "fi", "fra": "fr", "fre": "fr", "fry": "fy", "geo": "ka", "ger": "de", "gla": "gd",
    "gle": "ga", "glg": "gl", "gre": "el", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy",
    "ice": "is", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja", "kat": "ka", "kor": "ko", "lav": "lv",
    "lit": "lt", "ltz": "lb", "mac": "mk", "may": "ms", "mkd": "mk", "mlt": "mt", "msa": "ms", "nld": "nl",
    "nno": "nn", "nob": "nb", "nor": "no", "oci": "oc", "per": "fa", "pol": "pl", "por": "pt", "roh": "rm",
    "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "slo": "sk", "slv": "sl", "sme": "se", "spa": "es",
    "sqi": "sq", "srd": "sc", "srp": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tha": "th",
    "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "wel": "cy", "zho": "zh",
}  # fmt: skip


def language_tag(code: str | None) -> str | None:
    """BCP 47 for a container's language code; one without a short form stays as it is."""
    return None if code is None else _SHORT.get(code.lower(), code)
