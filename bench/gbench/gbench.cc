// SPDX-License-Identifier: BSD-2-Clause
/*
 * gbench.cc: see gbench.h. The only C++ of the project: every call of the library and every exception stays here.
 * It must not know what is measured, and prints nothing.
 *
 * Works with the library from 1.6.1 on; what differs between versions is in the block below.
 */
#include "bench/gbench/gbench.h"

extern "C" {
#include "drivers/support/fault.h"
}

#include <benchmark/benchmark.h>

#include <cerrno>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <ostream>
#include <regex.h>
#include <string>
#include <vector>

/* ---- versions of the library ------------------------------------------------------------------------ */

namespace before_1_8_4
{
/* Loses against the library's own, not a template, where there is one. */
template <int = 0> std::string GetBenchmarkVersion()
{
	return {};
}
} // namespace before_1_8_4

namespace versions
{
using namespace before_1_8_4;
using namespace benchmark;

std::string library_version()
{
	return GetBenchmarkVersion();
}

/* Up to 1.7: error_occurred and error_message. */
template <class Run> auto run_error(const Run &run, int) -> decltype(&run.error_message)
{
	return run.error_occurred ? &run.error_message : nullptr;
}

/* From 1.8 on: skipped, one of three values of which the first is 0, and skip_message. */
template <class Run> auto run_error(const Run &run, long) -> decltype(&run.skip_message)
{
	return static_cast<unsigned>(run.skipped) != 0 ? &run.skip_message : nullptr;
}
} // namespace versions

/* ---- state of a trial ---------------------------------------------------------------------------------- */

struct gbench_state {
	benchmark::State &state;
	const struct gbench_spec &spec;
	bool ended; /* the loop ended or the trial failed; the library aborts if asked on */
	bool failed;
};

namespace
{
/* Throws where a test wants an allocation of the library to fail. */
void throw_if_armed(const char *point)
{
	if (fault_point(point))
		throw std::bad_alloc();
}

/* Turns the exception in flight into -errno. */
int error_of_exception(const char *doing, const char *name, struct err *err)
{
	try {
		throw;
	} catch (const std::bad_alloc &) {
		return err_set(
			err, ERR_MISSING, -ENOMEM, "%s %s: no memory left; free some", doing, name);
	} catch (const std::exception &e) {
		return err_set(err, ERR_INTERNAL, -EIO, "%s %s: Google Benchmark threw: %s", doing,
			name, e.what());
	} catch (...) {
		return err_set(
			err, ERR_INTERNAL, -EIO, "%s %s: Google Benchmark threw", doing, name);
	}
}

void state_fail(struct gbench_state *state, const char *message)
{
	if (state->failed)
		return;
	state->failed = true;
	state->ended = true;
	try {
		state->state.SkipWithError(message);
	} catch (...) {
		/* Without memory for the message the trial still counts as failed, with an empty one. */
		state->state.SkipWithError("");
	}
}

/* Calls @change and fails the trial where it throws. */
template <class Change>
void state_change(struct gbench_state *state, const char *what, Change change)
{
	try {
		throw_if_armed("gbench_state");
		change();
	} catch (...) {
		state_fail(state, what);
	}
}

/* One trial. Setup and teardown run here, since the library's own have no user data before 1.9. */
void trial_run(benchmark::State &library_state, const struct gbench_spec &spec)
{
	struct gbench_state state = {library_state, spec, false, false};

	if (spec.setup)
		spec.setup(spec.user);
	try {
		throw_if_armed("gbench_trial");
		spec.body(&state, spec.user);
		if (!state.failed && library_state.iterations() < library_state.max_iterations)
			state_fail(&state, "the body returned before all iterations were done");
	} catch (const std::bad_alloc &) {
		state_fail(&state, GBENCH_NO_MEMORY " left in the body");
	} catch (...) {
		state_fail(&state, "an exception was thrown in the body");
	}
	if (spec.teardown)
		spec.teardown(spec.user);
}

/* ---- rows ------------------------------------------------------------------------------------------ */

class RowReporter final : public benchmark::BenchmarkReporter
{
      public:
	explicit RowReporter(const struct gbench_reporter &reporter)
	    : silence(nullptr), to(reporter)
	{
		SetOutputStream(&silence);
		SetErrorStream(&silence);
	}

	bool ReportContext(const Context &context) override
	{
		if (!to.context)
			return true;
		struct gbench_context out = {};

		out.cpus = context.cpu_info.num_cpus;
		out.cycles_per_second = context.cpu_info.cycles_per_second;
		out.cpu_scaling = context.cpu_info.scaling == benchmark::CPUInfo::ENABLED;
		to.context(to.arg, &out);
		return true;
	}

	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			if (to.row)
				report(run);
		}
	}

      private:
	std::ostream silence; /* without a buffer: swallows everything */
	const struct gbench_reporter &to;

	void report(const Run &run)
	{
		/* The library's own full name also carries iterations, repetitions and kind of time. */
		const std::string &args = run.run_name.args;
		const std::string name = run.run_name.function_name + (args.empty() ? "" : "/") +
		                         args;
		const std::string *error = versions::run_error(run, 0);
		struct gbench_row row = {};

		row.name = name.c_str();
		row.label = run.report_label.c_str();
		row.aggregate = run.run_type == Run::RT_Aggregate ? run.aggregate_name.c_str()
		                                                  : nullptr;
		row.error = error != nullptr;
		row.error_message = error ? error->c_str() : "";
		row.iterations = static_cast<uint64_t>(run.iterations);
		row.repetition = run.repetition_index > 0
		                         ? static_cast<uint64_t>(run.repetition_index)
		                         : 0;
		row.real_time_ns = per_iteration(run, run.real_accumulated_time);
		row.cpu_time_ns = per_iteration(run, run.cpu_accumulated_time);
		for (const auto &counter : run.counters) {
			const double value = counter.second.value;

			if (std::isfinite(value) && row.counter_count < GBENCH_COUNTERS_MAX)
				row.counter[row.counter_count++] = {counter.first.c_str(), value};
		}
		to.row(to.arg, &row);
	}

	static double per_iteration(const Run &run, double seconds)
	{
		if (run.run_type == Run::RT_Aggregate &&
			run.aggregate_unit == benchmark::kPercentage)
			return seconds;
		return run.iterations > 0 ? seconds * 1e9 / static_cast<double>(run.iterations)
		                          : 0.0;
	}
};

/*
 * Sets the library's flags. They are the only way to choose a filter that all versions share, and they start
 * from BENCHMARK_* variables, which must change neither what is measured nor what is printed. A flag that a
 * version does not have stays behind in the arguments, which is fine.
 */
void flags_set(const std::string &filter)
{
	static char program[] = "dmabench";
	std::vector<std::string> flags = {
		"--benchmark_filter=" + filter,
		"--benchmark_list_tests=false",
		"--benchmark_repetitions=1",
		"--benchmark_min_warmup_time=0",
		"--benchmark_report_aggregates_only=false",
		"--benchmark_display_aggregates_only=false",
		"--benchmark_enable_random_interleaving=false",
		"--benchmark_dry_run=false",
		"--benchmark_perf_counters=",
		"--benchmark_out=",
		"--benchmark_out_format=json",
		"--benchmark_format=console",
	};
	std::vector<char *> argv = {program};

	for (std::string &flag : flags)
		argv.push_back(&flag[0]);
	argv.push_back(nullptr);
	int argc = static_cast<int>(argv.size()) - 1;

	benchmark::Initialize(&argc, argv.data());
}

bool regex_valid(const char *text)
{
	regex_t regex;

	if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB))
		return false;
	regfree(&regex);
	return true;
}

/*
 * "1.7.1" out of ".../libbenchmark.so.1.7.1", which is where the link of the loaded library ends: before 1.8.4
 * the library does not say its version.
 */
std::string version_of_file()
{
	Dl_info info;
	char path[PATH_MAX];
	const std::string marker = ".so.";

	if (!dladdr(reinterpret_cast<void *>(&benchmark::Shutdown), &info) || !info.dli_fname ||
		!realpath(info.dli_fname, path))
		return {};
	const std::string file = path;
	const size_t at = file.rfind(marker);

	return at == std::string::npos ? std::string() : file.substr(at + marker.size());
}

bool spec_valid(const char *name, const struct gbench_spec *spec)
{
	return name && *name && spec && spec->body && spec->arg_count <= GBENCH_ARGS_MAX &&
	       spec->iterations <= INT64_MAX && spec->repetitions <= INT_MAX &&
	       spec->min_seconds >= 0;
}

template <class Benchmark>
void benchmark_configure(Benchmark *benchmark, const struct gbench_spec &spec)
{
	if (spec.time == GBENCH_MANUAL_TIME)
		benchmark->UseManualTime();
	else
		benchmark->UseRealTime();
	if (spec.iterations)
		benchmark->Iterations(static_cast<benchmark::IterationCount>(spec.iterations));
	else
		benchmark->MinTime(spec.min_seconds > 0 ? spec.min_seconds : 0.5);
	benchmark->Repetitions(spec.repetitions ? static_cast<int>(spec.repetitions) : 1);
	if (!spec.arg_count)
		return;
	std::vector<std::string> names;

	for (unsigned i = 0; i < spec.arg_count; i++)
		names.emplace_back(spec.arg_name[i] ? spec.arg_name[i] : "");
	benchmark->Args(std::vector<int64_t>(spec.arg, spec.arg + spec.arg_count));
	benchmark->ArgNames(names);
}

bool library_open;
} // namespace

/* ---- the C face ---------------------------------------------------------------------------------------- */

int gbench_open(struct err *err)
{
	try {
		throw_if_armed("gbench_open");
		flags_set("");
		library_open = true;
		return 0;
	} catch (...) {
		return error_of_exception("opening", "Google Benchmark", err);
	}
}

void gbench_close(void)
{
	if (!library_open)
		return;
	gbench_clear();
	benchmark::Shutdown();
	library_open = false;
}

int gbench_register(const char *name, const struct gbench_spec *spec, struct err *err)
{
	if (!spec_valid(name, spec))
		return err_set(err, ERR_INTERNAL, -EINVAL,
			"benchmark %s: bad specification; a body, at most %d arguments and values "
			"in range are "
			"needed",
			name && *name ? name : "without a name", GBENCH_ARGS_MAX);
	try {
		const struct gbench_spec copy = *spec;

		throw_if_armed("gbench_register");
		benchmark_configure(
			benchmark::RegisterBenchmark(
				name, [copy](benchmark::State &state) { trial_run(state, copy); }),
			copy);
		return 0;
	} catch (...) {
		return error_of_exception("registering", name, err);
	}
}

void gbench_clear(void)
{
	benchmark::ClearRegisteredBenchmarks();
}

int gbench_run(const char *filter, const struct gbench_reporter *reporter, struct err *err)
{
	if (!library_open)
		return err_set(err, ERR_INTERNAL, -EIO, "gbench_run: gbench_open was not called");
	if (filter && !regex_valid(filter))
		return err_set(err, ERR_USAGE, -EINVAL,
			"filter '%s': not an extended regular expression", filter);
	try {
		const struct gbench_reporter nowhere = {};
		RowReporter rows(reporter ? *reporter : nowhere);

		throw_if_armed("gbench_run");
		flags_set(filter ? filter : "");
		return static_cast<int>(benchmark::RunSpecifiedBenchmarks(&rows));
	} catch (...) {
		return error_of_exception("running", filter ? filter : "all benchmarks", err);
	}
}

const char *gbench_version(void)
{
	try {
		static const std::string version = [] {
			std::string text = versions::library_version();

			if (text.empty())
				text = version_of_file();
			return text.empty() ? std::string("unknown") : text;
		}();
		return version.c_str();
	} catch (...) {
		return "unknown";
	}
}

bool gbench_next(struct gbench_state *state, uint64_t batch)
{
	if (state->ended)
		return false;
	if (batch == 0 || batch > INT64_MAX) {
		state_fail(state, "a batch needs one iteration at least");
		return false;
	}
	if (state->state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch)))
		return true;
	state->ended = true;
	return false;
}

uint64_t gbench_max_iterations(const struct gbench_state *state)
{
	return static_cast<uint64_t>(state->state.max_iterations);
}

int64_t gbench_arg(const struct gbench_state *state, unsigned index)
{
	return index < state->spec.arg_count ? state->spec.arg[index] : 0;
}

void gbench_set_seconds(struct gbench_state *state, double seconds)
{
	if (std::isfinite(seconds) && seconds >= 0)
		state->state.SetIterationTime(seconds);
	else
		state_fail(state, "the measured time is not a time");
}

void gbench_set_counter(struct gbench_state *state, const char *name, double value, unsigned flags)
{
	using benchmark::Counter;
	const unsigned bits =
		(flags & GBENCH_COUNTER_RATE ? unsigned{Counter::kIsRate} : 0U) |
		(flags & GBENCH_COUNTER_PER_ITERATION ? unsigned{Counter::kAvgIterations} : 0U);

	if (!std::isfinite(value))
		return;
	state_change(state, GBENCH_NO_MEMORY " for a counter", [&] {
		state->state.counters[name] = Counter(value, static_cast<Counter::Flags>(bits));
	});
}

void gbench_set_bytes(struct gbench_state *state, uint64_t bytes)
{
	gbench_set_counter(
		state, "bytes_per_second", static_cast<double>(bytes), GBENCH_COUNTER_RATE);
}

void gbench_set_items(struct gbench_state *state, uint64_t items)
{
	gbench_set_counter(
		state, "items_per_second", static_cast<double>(items), GBENCH_COUNTER_RATE);
}

void gbench_set_label(struct gbench_state *state, const char *label)
{
	state_change(state, GBENCH_NO_MEMORY " for a label", [&] { state->state.SetLabel(label); });
}

void gbench_fail(struct gbench_state *state, const char *message)
{
	state_fail(state, message && *message ? message : "failed without a message");
}
