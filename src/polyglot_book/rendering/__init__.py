"""How pages look: formulas, fonts, style sheets, scripts, line breaks."""
