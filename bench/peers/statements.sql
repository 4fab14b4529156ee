-- segment-000
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'Germany', false);

-- segment-001
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'Austria', false);

-- segment-002
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'Switzerland', false);

-- segment-003
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'France', false);

-- segment-004
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-005
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-006
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-007
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_opened' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-008
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_opened' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-009
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Germany', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'bronze', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-010
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'Italy', false);

-- segment-011
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'Netherlands', false);

-- segment-012
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'Poland', false);

-- segment-013
select count(*) from crm_contact c where coalesce((c.attributes->>'country') = 'Spain', false);

-- segment-014
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_opened' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-015
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-016
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-017
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-018
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_clicked' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-019
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Austria', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'silver', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-020
select count(*) from crm_contact c where not coalesce((c.attributes->>'country') in ('Germany', 'Austria', 'Switzerland'), false);

-- segment-021
select count(*) from crm_contact c where not coalesce((c.attributes->>'country') in ('Austria', 'Switzerland', 'France'), false);

-- segment-022
select count(*) from crm_contact c where not coalesce((c.attributes->>'country') in ('Switzerland', 'France', 'Italy'), false);

-- segment-023
select count(*) from crm_contact c where not coalesce((c.attributes->>'country') in ('France', 'Italy', 'Netherlands'), false);

-- segment-024
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_clicked' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-025
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_clicked' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-026
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'search' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-027
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'search' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-028
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'search' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-029
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Switzerland', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'gold', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-030
select count(*) from crm_contact c where coalesce((c.attributes->>'city') in ('City 0000', 'City 0001', 'City 0002', 'City 0003', 'City 0004', 'City 0005', 'City 0006', 'City 0007', 'City 0008', 'City 0009', 'City 0010', 'City 0011', 'City 0012', 'City 0013', 'City 0014', 'City 0015', 'City 0016', 'City 0017', 'City 0018', 'City 0019', 'City 0020', 'City 0021', 'City 0022', 'City 0023', 'City 0024'), false);

-- segment-031
select count(*) from crm_contact c where coalesce((c.attributes->>'city') in ('City 0040', 'City 0041', 'City 0042', 'City 0043', 'City 0044', 'City 0045', 'City 0046', 'City 0047', 'City 0048', 'City 0049', 'City 0050', 'City 0051', 'City 0052', 'City 0053', 'City 0054', 'City 0055', 'City 0056', 'City 0057', 'City 0058', 'City 0059', 'City 0060', 'City 0061', 'City 0062', 'City 0063', 'City 0064'), false);

-- segment-032
select count(*) from crm_contact c where coalesce((c.attributes->>'city') in ('City 0080', 'City 0081', 'City 0082', 'City 0083', 'City 0084', 'City 0085', 'City 0086', 'City 0087', 'City 0088', 'City 0089', 'City 0090', 'City 0091', 'City 0092', 'City 0093', 'City 0094', 'City 0095', 'City 0096', 'City 0097', 'City 0098', 'City 0099', 'City 0100', 'City 0101', 'City 0102', 'City 0103', 'City 0104'), false);

-- segment-033
select count(*) from crm_contact c where coalesce((c.attributes->>'city') in ('City 0120', 'City 0121', 'City 0122', 'City 0123', 'City 0124', 'City 0125', 'City 0126', 'City 0127', 'City 0128', 'City 0129', 'City 0130', 'City 0131', 'City 0132', 'City 0133', 'City 0134', 'City 0135', 'City 0136', 'City 0137', 'City 0138', 'City 0139', 'City 0140', 'City 0141', 'City 0142', 'City 0143', 'City 0144'), false);

-- segment-034
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-035
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-036
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-037
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-038
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-039
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('France', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'platinum', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-040
select count(*) from crm_contact c where coalesce((c.attributes->>'city') like '%12%', false);

-- segment-041
select count(*) from crm_contact c where coalesce((c.attributes->>'city') like '%000%', false);

-- segment-042
select count(*) from crm_contact c where coalesce((c.attributes->>'city') like '%7%', false);

-- segment-043
select count(*) from crm_contact c where (coalesce((c.attributes->>'tier') = 'bronze', false) and coalesce((c.attributes->>'age')::numeric >= 30, false));

-- segment-044
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-045
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-046
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-047
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 3);

-- segment-048
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100);

-- segment-049
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Italy', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'bronze', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-050
select count(*) from crm_contact c where (coalesce((c.attributes->>'tier') = 'silver', false) and coalesce((c.attributes->>'age')::numeric >= 30, false));

-- segment-051
select count(*) from crm_contact c where (coalesce((c.attributes->>'tier') = 'gold', false) and coalesce((c.attributes->>'age')::numeric >= 30, false));

-- segment-052
select count(*) from crm_contact c where (coalesce((c.attributes->>'tier') = 'platinum', false) and coalesce((c.attributes->>'age')::numeric >= 30, false));

-- segment-053
select count(*) from crm_contact c where coalesce((c.attributes->>'age')::numeric between 20 and 29, false);

-- segment-054
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having avg(i.amount) > 60);

-- segment-055
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(distinct (i.at at time zone 'Europe/Berlin')::date) >= 3);

-- segment-056
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100);

-- segment-057
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having avg(i.amount) > 60);

-- segment-058
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(distinct (i.at at time zone 'Europe/Berlin')::date) >= 3);

-- segment-059
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Netherlands', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'silver', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-060
select count(*) from crm_contact c where coalesce((c.attributes->>'age')::numeric between 30 and 39, false);

-- segment-061
select count(*) from crm_contact c where coalesce((c.attributes->>'age')::numeric between 40 and 49, false);

-- segment-062
select count(*) from crm_contact c where coalesce((c.attributes->>'age')::numeric between 50 and 59, false);

-- segment-063
select count(*) from crm_contact c where (coalesce((c.attributes->>'score')::numeric > 50, false) and coalesce((c.attributes->>'newsletter')::boolean = true, false));

-- segment-064
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-05-05 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100);

-- segment-065
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-05-05 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having avg(i.amount) > 60);

-- segment-066
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-05-05 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(distinct (i.at at time zone 'Europe/Berlin')::date) >= 3);

-- segment-067
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100);

-- segment-068
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having avg(i.amount) > 60);

-- segment-069
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Poland', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'gold', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-070
select count(*) from crm_contact c where not ((c.attributes->>'score')::numeric is not null);

-- segment-071
select count(*) from crm_contact c where coalesce((c.attributes->>'joined')::date between date '2026-10-02' and date '2026-11-01', false);

-- segment-072
select count(*) from crm_contact c where coalesce((c.attributes->>'joined')::date between date '2026-08-03' and date '2026-11-01', false);

-- segment-073
select count(*) from crm_contact c where coalesce((c.attributes->>'joined')::date between date '2025-11-01' and date '2026-11-01', false);

-- segment-074
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(distinct (i.at at time zone 'Europe/Berlin')::date) >= 3);

-- segment-075
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2024-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having max(i.amount) >= 500);

-- segment-076
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2024-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having min(i.amount) < 10);

-- segment-077
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.properties->>'category' = 'category 00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2);

-- segment-078
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.properties->>'category' = 'category 01' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2);

-- segment-079
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Spain', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'platinum', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-080
select count(*) from crm_contact c where coalesce(extract(month from (c.attributes->>'birthday')::date) = 11, false);

-- segment-081
select count(*) from crm_contact c where coalesce(extract(month from (c.attributes->>'birthday')::date) * 100 + extract(day from (c.attributes->>'birthday')::date) in (1101, 1102, 1103, 1104, 1105, 1106, 1107, 1108, 1109, 1110, 1111, 1112, 1113, 1114, 1115), false);

-- segment-082
select count(*) from crm_contact c where coalesce((c.attributes->'tags') ?| array['vip', 'press'], false);

-- segment-083
select count(*) from crm_contact c where not coalesce((c.attributes->'tags') ?| array['staff'], false);

-- segment-084
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.properties->>'category' = 'category 02' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2);

-- segment-085
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.properties->>'category' = 'category 03' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2);

-- segment-086
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.properties->>'category' = 'category 04' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2);

-- segment-087
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.properties->>'category' = 'category 05' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2);

-- segment-088
select count(*) from crm_contact c where (c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-09-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_opened' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'));

-- segment-089
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Germany', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'bronze', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));

-- segment-090
select count(*) from crm_contact c where (not coalesce((c.attributes->>'tier') = 'gold', false) or coalesce((c.attributes->>'age')::numeric < 25, false));

-- segment-091
select count(*) from crm_contact c where coalesce((c.attributes->>'city') like 'City 1%', false);

-- segment-092
select count(*) from crm_contact c where coalesce((c.attributes->>'city') like '%99', false);

-- segment-093
select count(*) from crm_contact c where coalesce((c.attributes->>'score')::numeric between 20 and 40.5, false);

-- segment-094
select count(*) from crm_contact c where (c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_opened' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'));

-- segment-095
select count(*) from crm_contact c where (c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-07-04 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'email_opened' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'));

-- segment-096
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having min(i.at) >= timestamptz '2026-08-03 12:00:00+00:00' and min(i.at) < timestamptz '2026-11-01 12:00:00.000001+00:00');

-- segment-097
select count(*) from crm_contact c where c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having max(i.at) < timestamptz '2026-05-05 12:00:00+00:00');

-- segment-098
select count(*) from crm_contact c where not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-05-05 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00');

-- segment-099
select count(*) from crm_contact c where (coalesce((c.attributes->>'country') in ('Austria', 'Germany'), false) and ((coalesce((c.attributes->>'tier') = 'silver', false) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'ticket' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00') and c.id in (select i.contact_id from crm_interaction i where i.kind = 'page_view' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2)) or c.id in (select i.contact_id from crm_interaction i where i.kind = 'purchase' and i.at >= timestamptz '2026-08-03 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having sum(i.amount) >= 100) or (coalesce((c.attributes->>'age')::numeric < 40, false) and c.id in (select i.contact_id from crm_interaction i where i.kind = 'cart' and i.at >= timestamptz '2026-10-02 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00'))) and not c.id in (select i.contact_id from crm_interaction i where i.kind = 'return' and i.at >= timestamptz '2025-11-01 12:00:00+00:00' and i.at <= timestamptz '2026-11-01 12:00:00+00:00' group by i.contact_id having count(*) >= 2));
