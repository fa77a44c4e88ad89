# Planted bugs: each is one file of the engine, compiled with LINLI_PLANT_<NAME>,
# in place of the sound one; and something that must notice.

# linli_sim_plant(NAME module file): the simulation must find a seed that fails.
function(linli_sim_plant plant module file)
	string(TOLOWER ${plant} name)
	add_library(sim_part_${name} OBJECT ${PROJECT_SOURCE_DIR}/common/${module}/${file})
	sim_fast_target(sim_part_${name})
	target_compile_definitions(sim_part_${name} PRIVATE LINLI_PLANT_${plant})
	sim_program(sim_planted_${name} $<TARGET_OBJECTS:sim_part_${name}>)
	add_test(NAME sim.planted_${name} COMMAND sim_planted_${name} --seeds 100 ${ARGN})
	set_tests_properties(sim.planted_${name} PROPERTIES TIMEOUT 300
		PASS_REGULAR_EXPRESSION "seed [0-9]+ fails on day")
endfunction()

linli_sim_plant(ACKNOWLEDGE_EARLY store db.c)
linli_sim_plant(DRAFTS_DROPPED store home.c)
linli_sim_plant(SCOPE_PREFIX base names.c)
linli_sim_plant(SEEN_GENEROUS store receive.c)
linli_sim_plant(UNMERGE_FORGOTTEN store apply.c)
linli_sim_plant(VERDICT_NEXT_LINE store verdict.c)
linli_sim_plant(FIGURE_STALE store row.c)
linli_sim_plant(FIGURE_FORGETS store follow.c)
linli_sim_plant(TIE_WITHOUT_DEVICE merge record.c)
linli_sim_plant(CONFLICT_UNTOLD merge record_report.c)
linli_sim_plant(LATE_BODY_KEPT store erasing.c)
linli_sim_plant(LATE_EDIT_DROPPED store move_apart.c)
linli_sim_plant(OLD_KEY_SIGNS store trust.c)
linli_sim_plant(ENDED_KEY_STAYS store branch.c)

# linli_unit_plant(NAME module file test module-of-the-test): that unit test must fail.
function(linli_unit_plant plant module file test links)
	string(TOLOWER ${plant} name)
	get_target_property(sources test_${test} SOURCES)
	list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/tests/unit/)
	add_executable(test_planted_${name} ${sources}
		${PROJECT_SOURCE_DIR}/common/${module}/${file})
	get_target_property(folders linli_${module} INCLUDE_DIRECTORIES)
	target_include_directories(test_planted_${name} PRIVATE ${folders}
		${PROJECT_SOURCE_DIR}/tests/unit)
	target_link_libraries(test_planted_${name} PRIVATE test_federation linli_${links}
		linli_crypto linli_deflate PkgConfig::sqlite3 PkgConfig::libcrypto PkgConfig::cmocka)
	target_compile_definitions(test_planted_${name} PRIVATE LINLI_PLANT_${plant})
	add_test(NAME unit.planted_${name} COMMAND test_planted_${name}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(unit.planted_${name} PROPERTIES TIMEOUT 300
		PASS_REGULAR_EXPRESSION "  FAILED  ")
endfunction()

linli_unit_plant(PARENT_FORGOTTEN store receive.c receive store)
linli_unit_plant(INCARNATION_IGNORED store incarnation.c restore store)
linli_unit_plant(REVOCATION_IGNORED store trust.c receive store)

sim_disk_test(test_planted_folder_unsynced ${PROJECT_SOURCE_DIR}/common/base/env.c)
target_compile_definitions(test_planted_folder_unsynced PRIVATE LINLI_PLANT_FOLDER_UNSYNCED)
add_test(NAME sim.planted_folder_unsynced COMMAND test_planted_folder_unsynced)
set_tests_properties(sim.planted_folder_unsynced PROPERTIES
	PASS_REGULAR_EXPRESSION "  FAILED  \\] test_disk__what_was_written_lasts")
