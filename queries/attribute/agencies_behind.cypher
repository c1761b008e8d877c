/*
purpose = "Agencies in a pile-on or a campaign against their base rate, with the company at the end of the chain."
order = ["p_value", "agency_id"]

[params]
scope = { type = "string", meaning = "id of a pile-on or a campaign" }
max_q = { type = "number", default = 1.0, low = 0.0, high = 1.0, meaning = "largest false discovery rate; rows without one stay" }
limit = { type = "integer", default = 1000, low = 1, high = 100000, meaning = "most rows" }

[columns]
agency_id = { type = "string", meaning = "agency" }
accounts = { type = "integer", meaning = "its accounts in the scope" }
expected = { type = "number", meaning = "accounts expected from a matched base" }
odds_ratio = { type = "number", meaning = "odds of taking part, agency against the rest; 1: no difference" }
odds_low = { type = "number", meaning = "lower end of its 95 % interval" }
odds_high = { type = "number", meaning = "upper end of its 95 % interval" }
p_value = { type = "number", meaning = "chance of so many accounts; lower is stronger" }
q_value = { type = "number", meaning = "false discovery rate over agencies; lower is stronger" }
credit = { type = "number", meaning = "summed credit of its accounts" }
company_id = { type = "string", meaning = "company that it is registered as" }
controller_id = { type = "string", meaning = "company or person at the end of the chain" }

[graph]
links = ["agency_id FOUND_IN scope", "agency_id REGISTERED_AS company_id", "controller_id CONTROLS company_id"]
*/
CALL {
  MATCH (s:PileOn {pileon_id: $scope}) RETURN s
  UNION
  MATCH (s:Campaign {campaign_id: $scope}) RETURN s
}
MATCH (g:Agency)-[f:FOUND_IN]->(s)
WHERE f.q_value IS NULL OR f.q_value <= $max_q
RETURN g.agency_id AS agency_id, f.accounts AS accounts, f.expected AS expected, f.odds_ratio AS odds_ratio, f.odds_low AS odds_low,
  f.odds_high AS odds_high, f.p_value AS p_value, f.q_value AS q_value, f.credit AS credit, f.company_id AS company_id,
  f.controller_id AS controller_id
ORDER BY p_value, agency_id
LIMIT $limit
