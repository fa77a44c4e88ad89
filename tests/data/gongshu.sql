-- A small district by hand, for tests/unit/test_gongshu.c: zz is counted, wl
-- is there to be left out, and each comment says why a row counts or not.
INSERT INTO street (id, community, name) VALUES (x'A1', 'district', '潮鸣街道');
INSERT INTO community (id, community, name, street) VALUES
	('zz', 'district', '知足弄社区', x'A1'), ('wl', 'district', '望澜府社区', x'A1');
INSERT INTO compound (id, community, name, kind, households, eligible, delivered_on) VALUES
	(x'C1', 'zz', '知足弄小区', 'old', 100, NULL, '1990-01-01'),
	(x'C2', 'zz', '京都苑', 'old', 300, 1, NULL),
	(x'C3', 'zz', '安置苑', 'resettlement', 200, 1, NULL),
	(x'C4', 'zz', '新苑', 'commodity', 500, 1, '2024-06-01'),
	(x'C5', 'zz', '未来苑', 'commodity', 500, 1, '2026-01-01'), -- not delivered
	(x'C6', 'zz', '不具备', 'old', NULL, 0, NULL),
	(x'C9', 'wl', '望澜府', 'old', 700, 1, NULL);
INSERT INTO person (id, community) VALUES (x'01', 'zz'), (x'02', 'zz'), (x'03', 'zz'),
	(x'04', 'zz'), (x'05', 'zz'), (x'06', 'zz'), (x'07', 'zz'), (x'08', 'zz'), (x'09', 'zz');
INSERT INTO party_branch (id, community, kind, founded_on) VALUES
	(x'B1', 'zz', 'compound', '2020-07-01'), (x'B2', 'zz', 'stairwell', NULL),
	(x'B3', 'zz', 'stairwell', '2026-01-01'), (x'B9', 'wl', 'stairwell', NULL);
INSERT INTO club (id, community, name, category, members, backbone, active, founded_on) VALUES
	(x'D1', 'zz', '太极拳队', '太极', 24, 3, 1, '2004-05-01'),
	(x'D2', 'zz', '老太极', '太极', NULL, NULL, 0, NULL),
	(x'D3', 'zz', '舞蹈队', '舞蹈', 40, 5, 1, '2025-05-01'), -- founded later
	(x'D4', 'zz', '合唱团', NULL, 10, NULL, 1, NULL),
	(x'D9', 'wl', '武林大妈', '治安', 99, 9, 1, NULL);
INSERT INTO activity (id, community, kind, service_day, held_on, participants, served) VALUES
	(x'E1', 'zz', 'convenience_service', 1, '2024-01-01', 10, 40),
	(x'E2', 'zz', 'convenience_service', 0, '2024-12-31', 5, 15),
	(x'E3', 'zz', 'clean_up', 1, '2024-05-05', NULL, NULL),
	(x'E4', 'zz', 'clean_up', 1, '2025-01-01', 7, 7), -- the day after
	(x'E5', 'zz', 'clean_up', 1, '2023-12-31', 7, 7), -- the day before
	(x'E9', 'wl', 'clean_up', 1, '2024-05-05', 7, 7);
INSERT INTO owners_committee (id, community, compound, term, step, formed_on, term_ends_on) VALUES
	(x'F1', 'zz', x'C1', 1, 'expired', '2020-01-10', '2023-12-31'),
	(x'F2', 'zz', x'C1', 2, 'formed', '2023-12-28', '2028-12-27'),
	(x'F3', 'zz', x'C2', 1, 'formed', '2022-03-01', '2025-02-28'),
	(x'F4', 'zz', x'C3', 1, 'formed', '2019-01-01', '2024-01-01'), -- overdue
	(x'F5', 'zz', x'C4', 1, 'vetting', NULL, NULL),
	(x'F9', 'wl', x'C9', 1, 'formed', '2022-01-01', '2025-01-15');
INSERT INTO committee_member (id, community, committee, person, party_member, re_elected, since,
	until, reserve) VALUES
	(x'10', 'zz', x'F1', x'09', 0, 0, '2020-01-10', '2021-06-01', 0), -- left long before
	(x'11', 'zz', x'F1', x'01', 0, 0, '2020-01-10', '2023-12-31', 0),
	(x'12', 'zz', x'F1', x'02', 0, 0, '2020-01-10', '2023-12-31', NULL),
	(x'13', 'zz', x'F1', x'03', 1, 0, '2020-01-10', NULL, 0), -- nobody wrote that he left
	(x'14', 'zz', x'F1', x'07', 0, 0, '2020-01-10', '2023-12-31', 1),
	(x'21', 'zz', x'F2', x'01', 0, 1, '2023-12-28', NULL, 0),
	(x'22', 'zz', x'F2', x'02', 0, 1, '2023-12-28', NULL, 0),
	(x'23', 'zz', x'F2', x'03', 1, 1, '2023-12-28', NULL, 0),
	(x'24', 'zz', x'F2', x'04', 1, 0, '2023-12-28', NULL, 0),
	(x'25', 'zz', x'F2', x'05', 1, 0, '2023-12-28', NULL, 0),
	(x'26', 'zz', x'F2', x'06', 1, 0, '2023-12-28', NULL, 1),
	(x'31', 'zz', x'F3', x'08', 0, 0, '2022-03-01', NULL, 0),
	(x'32', 'zz', x'F3', x'09', 0, 0, '2022-03-01', '2024-06-01', 0), -- resigned
	(x'41', 'zz', x'F4', NULL, 0, 0, NULL, NULL, 0), -- a person not recorded
	(x'91', 'wl', x'F9', NULL, 1, 0, NULL, NULL, 0);
INSERT INTO course (id, community, kind, title) VALUES
	(x'A2', 'district', 'induction', '岗前'), (x'A3', 'district', 'advanced', '提升');
INSERT INTO training_session (id, community, course, held_on) VALUES
	(x'51', 'district', x'A2', '2024-03-10'), (x'52', 'district', x'A3', '2024-04-01'),
	(x'53', 'district', x'A2', '2025-03-01'), (x'54', 'district', x'A2', '2024-05-05');
INSERT INTO attendance (id, community, session, person, completed) VALUES
	(x'61', 'zz', x'51', x'01', 1), (x'62', 'zz', x'52', x'04', 1),
	(x'63', 'zz', x'51', x'05', 0), -- induction not completed
	(x'64', 'zz', x'53', x'08', 1), -- completed later
	(x'65', 'zz', x'52', x'01', 1), (x'66', 'zz', x'51', x'01', 1),
	(x'69', 'wl', x'51', NULL, 1);
INSERT INTO team_member (id, community, origin, since, until) VALUES
	(x'71', 'zz', 'committee', '2022-01-01', '2024-06-30'), -- left
	(x'72', 'zz', 'club', '2024-12-31', NULL), (x'73', 'zz', 'club', NULL, '2025-01-01'),
	(x'74', 'zz', 'capable_resident', '2025-01-01', NULL), -- joined later
	(x'79', 'wl', 'club', NULL, NULL);
INSERT INTO topic (id, community, title, raised_on, stage, decided_on) VALUES
	(x'81', 'zz', '坡道', '2023-09-01', 'done', NULL), -- by its resolution 2024-02-01
	(x'82', 'zz', '撤桶并点', '2024-03-01', 'decided', '2024-03-11'),
	(x'83', 'zz', '停车', '2024-05-01', 'tripartite', NULL),
	(x'84', 'zz', '噪音', '2024-05-01', 'withdrawn', NULL),
	(x'85', 'zz', '绿化', NULL, NULL, NULL),
	(x'86', 'zz', '门禁', '2025-02-01', 'raised', NULL), -- raised later
	(x'87', 'zz', '路灯', '2023-02-01', 'done', '2023-03-01'),
	(x'89', 'wl', '登高面', '2024-02-01', 'raised', NULL);
INSERT INTO plan_revision (id, community, topic, number, revised_on) VALUES
	(x'8A', 'zz', x'81', 1, '2023-09-10'), (x'8B', 'zz', x'81', 2, '2023-10-10'),
	(x'8C', 'zz', x'81', 3, '2023-11-10'), (x'8D', 'zz', x'81', 4, '2023-12-10'),
	(x'8E', 'zz', x'81', 5, '2024-01-10'), (x'8F', 'zz', x'87', 1, '2023-02-10');
INSERT INTO resolution (id, community, topic, matter, owners_total, area_total, owners_voted,
	area_voted, owners_for, area_for, decided_on) VALUES
	(x'91', 'zz', x'81', 'special', 100, 1000, 70, 700, 60, 600, '2024-02-01'),
	(x'92', 'zz', NULL, 'ordinary', 100, 1000, 60, 900, 60, 900, '2024-02-02'), -- invalid
	(x'93', 'zz', NULL, 'special', 100, 1000, 70, 700, 50, 650, '2024-02-03'), -- not passed
	(x'94', 'zz', NULL, 'ordinary', 100, NULL, 70, 700, NULL, NULL, '2024-02-04'), -- unknown
	(x'95', 'zz', NULL, 'ordinary', 100, 1000, 90, 900, 90, 900, '2025-01-01'),
	(x'99', 'wl', NULL, 'ordinary', 100, 1000, 90, 900, 90, 900, '2024-02-01');
INSERT INTO meeting (id, community, kind, topic, held_on, attendees) VALUES
	(x'A5', 'zz', 'red_tea', x'81', '2024-02-01', 30), (x'A6', 'zz', 'red_tea', NULL, '2024-03-01', NULL),
	(x'A7', 'zz', 'joint', x'81', '2024-03-02', 12), (x'A8', 'zz', 'joint', NULL, '2023-03-02', 12),
	(x'A9', 'wl', 'joint', NULL, '2024-03-02', 12);
INSERT INTO project (id, community, compound, category, units, status, budget, self_raised,
	special_fund, accepted_on, share_method) VALUES
	(x'B5', 'zz', x'C1', 'lift_replaced', 6, 'in_use', 80000000, 70000000, NULL, '2024-05-01', NULL),
	(x'B6', 'zz', x'C2', 'lift_added', NULL, 'accepted', 1000, NULL, 1000, '2024-06-01', 'equal'),
	(x'B7', 'zz', x'C2', 'ramp', 1, 'in_use', NULL, 500, NULL, '2023-12-31', NULL),
	(x'B8', 'zz', x'C2', 'lift_added', 2, 'under_construction', NULL, 900, NULL, NULL, NULL),
	(x'B9', 'zz', x'C3', 'facade', NULL, 'designing', NULL, 1000, NULL, NULL, 'by_area'),
	(x'BA', 'zz', x'C3', 'facade', NULL, 'designing', NULL, 1000, NULL, NULL, 'by_area_and_floor'),
	(x'BB', 'zz', x'C3', 'facade', NULL, 'designing', NULL, 100, NULL, NULL, 'equal'),
	(x'BC', 'zz', x'C1', 'other', NULL, 'designing', NULL, 100, NULL, NULL, 'by_area'),
	(x'BF', 'wl', x'C9', 'lift_added', 9, 'accepted', NULL, 9, NULL, '2024-06-01', NULL);
INSERT INTO household (id, community, compound, building, unit, area, floor_coefficient) VALUES
	(x'43', 'zz', x'C3', '2', '101', 1000000, 100), (x'42', 'zz', x'C3', '1', '102', 1000000, 200),
	(x'44', 'zz', x'C3', '1', '101', 1000000, NULL), (x'45', 'zz', x'C1', '1', '101', NULL, NULL),
	(x'46', 'zz', x'C1', '1', '102', 900000, NULL);
INSERT INTO contribution (id, community, project, household, due, paid) VALUES
	(x'47', 'zz', x'BB', x'43', 60, 20), (x'48', 'zz', x'BB', x'44', 40, NULL);
INSERT INTO dispute (id, community, opened_on, closed_on, outcome) VALUES
	(x'D5', 'zz', '2024-01-01', '2024-01-11', 'mediated'),
	(x'D6', 'zz', '2023-12-01', '2024-02-01', 'settled'),
	(x'D7', 'zz', '2024-05-01', NULL, 'open'),
	(x'D8', 'zz', '2024-06-01', NULL, 'litigated'), -- closed, nobody wrote when
	(x'DA', 'zz', '2024-07-01', '2025-02-01', 'mediated'), -- still open at the end of 2024
	(x'DB', 'zz', '2025-03-01', NULL, 'open'),
	(x'DC', 'wl', '2024-01-01', '2024-01-02', 'mediated');
INSERT INTO score (id, community, compound, kind, period, points) VALUES
	(x'E6', 'zz', x'C1', 'property_service', '2024', 80),
	(x'E7', 'zz', x'C1', 'property_service', '2024-Q4', 90), -- the year as a whole goes first
	(x'E8', 'zz', x'C2', 'property_service', '2024-Q1', 70),
	(x'EA', 'zz', x'C2', 'property_service', '2024-Q3', 90), -- the later one counts
	(x'EB', 'zz', x'C2', 'property_service', '2023', 10),
	(x'EC', 'zz', x'C3', 'management', '2024-06', 75),
	(x'ED', 'zz', x'C3', 'property_service', '2024', 10), -- not an old compound
	(x'EE', 'zz', x'C6', 'property_service', '2024', NULL),
	(x'EF', 'wl', x'C9', 'property_service', '2024', 99);
INSERT INTO bundle (community, device, scope, seq, lines, waiting, made_on, received_on) VALUES
	('zz', '3f9a1c22d0b84e17', 'district/zz', 1, 10, 2, '2024-02-28', '2024-03-01'),
	('zz', '3f9a1c22d0b84e17', 'district/zz', 2, 10, 0, '2024-11-19', '2024-11-20'),
	('zz', '3f9a1c22d0b84e17', 'district/zz', 3, 10, 1, '2025-01-02', '2025-01-03');
