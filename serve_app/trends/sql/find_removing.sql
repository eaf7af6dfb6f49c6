SELECT DISTINCT workspace FROM trend_blocks WHERE removes
