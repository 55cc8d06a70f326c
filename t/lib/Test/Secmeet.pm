package Test::Secmeet;

# Copyright (C) secmeet contributors

# Starts nginx with the module in a directory of its own and talks to it.
#
#     my $t = Test::Secmeet->new()->plan(2);
#
#     $t->write_file_expand('nginx.conf', <<'EOF');
#     %%GLOBALS%%
#     events {
#     }
#     http {
#         %%GLOBALS_HTTP%%
#         server {
#             listen 127.0.0.1:%%PORT_8080%%;
#             location /meet/rooms/ { secmeet meet; }
#         }
#     }
#     EOF
#
#     $t->run();
#
# Three tests follow by themselves when the script ends: nginx stopped within
# its time, no alerts are in the error log, no sanitizer reported anything.
# plan() counts them.
#
# Environment: SECMEET_NGINX and SECMEET_MODULE name what to run;
# SECMEET_PRELOAD is a sanitizer's runtime; SECMEET_VALGRIND runs nginx under
# valgrind; SECMEET_DEBUG logs at debug level; SECMEET_LEAVE keeps the files;
# SECMEET_VERBOSE prints what goes over the wire.

use warnings;
use strict;

use Exporter qw/ import /;

our @EXPORT = qw/ waitfor timeout random_hex /;

use Cwd qw/ abs_path /;
use File::Basename qw/ dirname /;
use File::Path qw/ rmtree /;
use File::Spec ();
use File::Temp ();
use IO::Select ();
use IO::Socket::INET ();
use JSON::PP ();
use POSIX qw/ WNOHANG /;
use Socket qw/ SOCK_DGRAM SOCK_STREAM /;
use Test::More ();
use Time::HiRes qw/ sleep time /;

use Test::Secmeet::WebSocket;

###############################################################################

our $TOP = abs_path(dirname(__FILE__) . '/../../..');

my $NGINX = $ENV{SECMEET_NGINX} || '/usr/sbin/nginx';
my $MODULE = $ENV{SECMEET_MODULE} || "$TOP/build/ngx_secmeet_module.so";
my $STREAM = $ENV{SECMEET_STREAM}
	|| '/usr/lib/nginx/modules/ngx_stream_module.so';

my $CHECKS = 3;

my @instances;
my ($planned, $unplanned);

$SIG{PIPE} = 'IGNORE';

###############################################################################

sub new {
	my ($class) = @_;

	my $self = bless {
		port => 10000 + 16 * ($$ % 1400),
		ports => {},
		allowed => [],
		conf => 'nginx.conf',
		log => 'error.log',
		owner => $$,
	}, $class;

	$MODULE = File::Spec->rel2abs($MODULE, $TOP) if $MODULE ne 'none';

	# short, for the names of unix sockets

	$self->{testdir} = File::Temp::tempdir('secmeet-XXXXXX', TMPDIR => 1);
	mkdir "$self->{testdir}/reports";
	chmod 0755, $self->{testdir};
	chmod 0777, "$self->{testdir}/reports";

	push @instances, $self;

	return $self;
}

# without a number the script may run any number of tests

sub plan {
	my ($self, $n) = @_;

	if (defined $n) {
		Test::More::plan(tests => $n + $CHECKS);
		$planned = 1;

	} else {
		$unplanned = 1;
	}

	return $self;
}

sub skip_all {
	my ($self, $reason) = @_;

	@instances = grep { $_ != $self } @instances;
	$self->remove();

	Test::More::plan(skip_all => $reason);
}

# lines of the error log that are no failure

sub allow {
	my ($self, $re) = @_;
	push @{$self->{allowed}}, $re;
	return $self;
}

sub testdir { return $_[0]->{testdir} }

# the free port that stands for 8080 or 3478; the same one for TCP and UDP

sub port {
	my ($self, $n) = @_;

	return $self->{ports}{$n} if $self->{ports}{$n};

	for (1 .. 1000) {
		my $port = $self->{port}++;

		next unless port_is_free($port, 'tcp', SOCK_STREAM);
		next unless port_is_free($port, 'udp', SOCK_DGRAM);

		return $self->{ports}{$n} = $port;
	}

	die "no free port\n";
}

# a free one, for UDP, that the workers of nginx may not bind; none without
# root

sub low_port {
	return if $> != 0;

	for my $port (443, 600 .. 1023) {
		return $port if port_is_free($port, 'udp', SOCK_DGRAM);
	}

	return;
}

sub port_is_free {
	my ($port, $proto, $type) = @_;

	return IO::Socket::INET->new(
		LocalAddr => '0.0.0.0', LocalPort => $port, Proto => $proto,
		Type => $type, $proto eq 'tcp' ? (Listen => 1) : (),
	);
}

###############################################################################

# files

sub write_file {
	my ($self, $name, $content) = @_;

	my $path = "$self->{testdir}/$name";
	my $dir = dirname($path);

	if (!-d $dir) {
		mkdir $dir or die "cannot make $dir: $!\n";
		chmod 0755, $dir;
	}

	open my $fh, '>:raw', $path or die "cannot write $path: $!\n";
	print $fh $content;
	close $fh or die "cannot write $path: $!\n";

	return $self;
}

# %%PORT_8080%% and %%PORT_3478_UDP%%: free ports; %%TESTDIR%%; %%TOP%%: the
# checkout; %%GLOBALS%%, %%GLOBALS_HTTP%%: directives that each test needs

sub write_file_expand {
	my ($self, $name, $content) = @_;
	return $self->write_file($name, $self->expand($content));
}

# key.pem and cert.pem, signed by itself, for that name; true if there is
# openssl

sub certificate {
	my ($self, $name) = @_;
	my $dir = $self->{testdir};

	return system('openssl req -x509 -newkey ec -nodes -days 3 '
		. "-pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=$name "
		. "-keyout $dir/key.pem -out $dir/cert.pem > /dev/null 2>&1") == 0;
}

sub expand {
	my ($self, $content) = @_;

	my $workers = $content =~ /^\s*worker_processes/m
		? '' : 'worker_processes ' . ($ENV{SECMEET_WORKERS} || 1) . ";\n";

	$content =~ s/%%GLOBALS%%/$self->globals() . $workers/ge;
	my $tags = $content =~ /^\s*secmeet_tags/m
		? '' : "secmeet_tags $self->{testdir}/secmeet.tags;\n";

	$content =~ s/%%GLOBALS_HTTP%%/$self->globals_http() . $tags/ge;
	$content =~ s/%%PORT_(\d+)(?:_UDP)?%%/$self->port($1)/ge;
	$content =~ s/%%TESTDIR%%/$self->{testdir}/g;
	$content =~ s/%%TOP%%/$TOP/g;

	return $content;
}

sub globals {
	my ($self) = @_;

	my $dir = $self->{testdir};
	my $level = $ENV{SECMEET_DEBUG} ? 'debug' : 'info';
	my $s = '';

	if ($MODULE ne 'none') {
		$s .= "load_module $STREAM;\n" if -e $STREAM;
		$s .= "load_module $MODULE;\n";
	}

	$s .= "daemon on;\n";
	$s .= "user www-data;\n" if $> == 0;
	$s .= "pid $dir/nginx.pid;\n";
	$s .= "error_log $dir/$self->{log} $level;\n";

	return $s;
}

sub globals_http {
	my ($self) = @_;

	my $dir = $self->{testdir};
	my $s = "root $dir;\naccess_log $dir/access.log;\n";

	$s .= "${_}_temp_path $dir/${_}_temp;\n"
		for qw/ client_body proxy fastcgi uwsgi scgi /;

	return $s;
}

sub read_file {
	my ($self, $name) = @_;

	open my $fh, '<:raw', "$self->{testdir}/$name" or return '';
	local $/;
	my $content = <$fh>;

	return defined $content ? $content : '';
}

sub error_log { return $_[0]->read_file('error.log') }

###############################################################################

# processes

sub environment {
	my ($self) = @_;

	my $log = "log_path=$self->{testdir}/reports/sanitizer";

	$ENV{ASAN_OPTIONS} = CORE::join ':', $log, 'detect_leaks=1',
		'detect_stack_use_after_return=1', 'handle_abort=1',
		'strict_string_checks=1', 'fast_unwind_on_malloc=0', 'exitcode=0';
	$ENV{UBSAN_OPTIONS} = "$log:print_stacktrace=1";
	$ENV{LD_PRELOAD} = $ENV{SECMEET_PRELOAD} if $ENV{SECMEET_PRELOAD};

	return;
}

sub command {
	my ($self, @args) = @_;

	my @command = ($NGINX, '-p', "$self->{testdir}/",
		'-e', $self->{log}, '-c', $self->{conf}, @args);

	return @command unless $ENV{SECMEET_VALGRIND};

	return ('valgrind', '-q', '--trace-children=yes', '--leak-check=full',
		'--show-leak-kinds=definite', '--num-callers=30', '--vgdb=no',
		'--keep-debuginfo=yes', "--suppressions=$TOP/t/lib/valgrind.supp",
		"--log-file=$self->{testdir}/reports/valgrind.%p", @command);
}

# runs nginx until the foreground process ends: (exit status, what it said)

sub nginx {
	my ($self, @args) = @_;

	my $output = "$self->{testdir}/stderr.log";
	my @command = $self->command(@args);
	my $pid = fork();

	die "fork: $!\n" unless defined $pid;

	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', $output;
		open STDERR, '>&', \*STDOUT;
		$self->environment();
		exec @command or POSIX::_exit(127);
	}

	my $status;

	waitfor(sub { waitpid($pid, WNOHANG) == $pid && defined($status = $?) },
		30);

	if (!defined $status) {
		kill 'KILL', $pid;
		waitpid $pid, 0;
		$status = $?;
	}

	return ($status, $self->read_file('stderr.log'));
}

sub run {
	my ($self) = @_;

	my ($status, $output) = $self->nginx();

	# the foreground process ends before the master writes its pid

	die "cannot start nginx ($status):\n$output" . $self->error_log()
		if $status || !waitfor(sub { $self->pid() }, 10);

	$self->{started} = 1;

	# and has it before there are workers

	my ($n) = $self->read_file('nginx.conf')
		=~ /^\s*worker_processes\s+(\d+);/m;

	$n //= 1;

	die "no $n workers\n" . $self->error_log()
		unless waitfor(sub { $self->workers() >= $n }, 10);

	return $self;
}

# "nginx -t" with another nginx.conf: (exit status, what it said)

sub check_config {
	my ($self, $content) = @_;

	local $self->{conf} = 'check.conf';
	local $self->{log} = 'check.log';

	$self->write_file_expand($self->{conf}, $content);

	return $self->nginx('-t');
}

sub pid {
	my ($self) = @_;
	return $self->read_file('nginx.pid') =~ /^(\d+)/ ? $1 : 0;
}

# pids of the workers that are not on their way out; all of them with a
# true argument

sub workers {
	my ($self, $all) = @_;

	my $master = $self->pid() or return;
	my $log = $self->error_log();
	my @workers;

	for my $stat (glob '/proc/[0-9]*/stat') {
		open my $fh, '<', $stat or next;
		my $line = <$fh>;

		next unless defined $line;
		next unless $line =~ /^(\d+) \(.*\) (\S) (\d+) /s;
		next unless $3 == $master && $2 ne 'Z';

		my $pid = $1;

		push @workers, $pid
			if $all || $log !~ /\b$pid#$pid: (?:gracefully|exit)/;
	}

	return @workers;
}

# the worker that holds the other end of a WebSocket (or of anything that has
# a socket) to 127.0.0.1

sub worker_of {
	my ($self, $ws) = @_;

	my $socket = $ws->{socket};
	my ($ours, $theirs) = map { sprintf '0100007F:%04X', $_ }
		$socket->sockport(), $socket->peerport();

	open my $fh, '<', '/proc/net/tcp' or return;

	my ($inode) = map { /^\s*\d+: $theirs $ours (?:\S+\s+){6}(\d+)/
		? $1 : () } <$fh>;

	return unless $inode;

	for my $pid ($self->workers(1)) {
		return $pid if grep { (readlink($_) // '') eq "socket:[$inode]" }
			glob "/proc/$pid/fd/*";
	}

	return;
}

# whether a process has made the unix socket of this name

sub holds {
	my ($self, $pid, $name) = @_;

	open my $fh, '<', '/proc/net/unix' or return 0;

	my %inodes = map { m{\s(\d+) \S*/\Q$name\E$} ? ($1 => 1) : () } <$fh>;

	return grep { (readlink($_) // '') =~ /^socket:\[(\d+)\]/ && $inodes{$1} }
		glob "/proc/$pid/fd/*";
}

sub signal {
	my ($self, $name, $pid) = @_;

	# 0 is the group of this script

	$pid ||= $self->pid() or return 0;

	return kill $name, $pid;
}

# until the new workers are there; the old ones may stay

sub reload {
	my ($self) = @_;

	my %old = map { $_ => 1 } $self->workers(1);

	$self->signal('HUP');

	return waitfor(sub {
		my @workers = $self->workers();
		@workers && !grep { $old{$_} } @workers;
	}, 10);
}

# TERM ends meetings, QUIT waits for them; true if nginx ended in its time

sub stop {
	my ($self, $name) = @_;

	return 1 unless $self->{started};

	my $pid = $self->pid();
	my @workers = $self->workers(1);

	$self->{started} = 0;
	$self->signal($name || 'TERM') if $pid;

	my $ended = $pid && waitfor(sub {
		!$self->pid() && !grep { running($_) } $pid, @workers
	}, 15);

	kill 'KILL', grep { $_ && running($_) } $pid, @workers unless $ended;

	return $ended;
}

sub running {
	my ($pid) = @_;

	open my $fh, '<', "/proc/$pid/stat" or return 0;
	my $line = <$fh> // '';

	return $line =~ /\) [^ZX] /;
}

###############################################################################

# waiting: true as soon as the condition is

sub waitfor {
	my ($condition, $seconds) = @_;

	my $end = time() + timeout($seconds);
	my $pause = 0.002;

	for ( ;; ) {
		my $result = $condition->();

		return $result if $result;
		return $result if time() > $end;

		sleep $pause;
		$pause = $pause * 1.5 if $pause < 0.05;
	}
}

# so many seconds on a slow nginx

sub timeout {
	my ($seconds) = @_;

	$seconds = 5 unless defined $seconds;

	return $seconds * 20 if $ENV{SECMEET_VALGRIND};
	return $seconds * 4 if $ENV{SECMEET_PRELOAD};
	return $seconds;
}

sub waitforfile {
	my ($self, $name, $seconds) = @_;
	return waitfor(sub { -e "$self->{testdir}/$name" }, $seconds);
}

sub waitforsocket {
	my ($self, $addr, $seconds) = @_;
	return waitfor(sub { IO::Socket::INET->new(PeerAddr => $addr) },
		$seconds);
}

sub waitforlog {
	my ($self, $re, $seconds) = @_;
	return waitfor(sub { $self->error_log() =~ $re }, $seconds);
}

###############################################################################

# HTTP

sub connection {
	my ($self, %opt) = @_;

	my $port = $self->port($opt{port} || 8080);

	return IO::Socket::INET->new(
		PeerAddr => $opt{addr} || '127.0.0.1', PeerPort => $port,
		Proto => 'tcp', Timeout => timeout(5),
	) || die "cannot connect to port $port: $!\n";
}

# sends the text as it is and reads to the end

sub http {
	my ($self, $request, %opt) = @_;

	my $socket = $opt{socket} || $self->connection(%opt);
	my $end = time() + timeout($opt{timeout} || 8);
	my $select = IO::Select->new($socket);
	my $response = '';

	Test::More::note(">> $request") if $ENV{SECMEET_VERBOSE};
	$socket->syswrite($request);

	while ((my $left = $end - time()) > 0) {
		next unless $select->can_read($left);
		last unless $socket->sysread($response, 65536, length $response);
	}

	Test::More::note("<< $response") if $ENV{SECMEET_VERBOSE};

	return $response;
}

# {status, headers (lower case), body, json}; headers may hold undef, which
# leaves one out; Host and Origin are those of the server by default

sub request {
	my ($self, $method, $uri, %opt) = @_;

	my $body = defined $opt{json}
		? JSON::PP->new->canonical->encode($opt{json}) : $opt{body};
	my $host = $self->host(%opt);
	my %headers = (
		Host => $host, Origin => "http://$host", Connection => 'close',
		defined $body ? ('Content-Length' => length $body) : (),
		%{$opt{headers} || {}},
	);

	my $text = "$method $uri HTTP/1.1\r\n";

	for my $name (sort keys %headers) {
		$text .= "$name: $headers{$name}\r\n" if defined $headers{$name};
	}

	$text .= "\r\n" . ($body // '');

	return parse_response($self->http($text, %opt));
}

sub parse_response {
	my ($text) = @_;

	my %response = (status => 0, headers => {}, body => '', text => $text);

	return \%response
		unless $text =~ m{^HTTP/1\.\d (\d+)[^\n]*\n(.*?)\r\n\r\n(.*)\z}s;

	$response{status} = $1;
	$response{body} = $3;

	for (split /\r?\n/, $2) {
		$response{headers}{lc $1} = $2 if /^([^:]+):\s*(.*)$/;
	}

	if (($response{headers}{'transfer-encoding'} || '') eq 'chunked') {
		my ($rest, $body) = ($response{body}, '');

		while ($rest =~ s/^([0-9a-f]+)\r\n//i && hex $1) {
			$body .= substr $rest, 0, hex $1;
			$rest = substr $rest, 2 + hex $1;
		}

		$response{body} = $body;
	}

	$response{json} = eval { JSON::PP->new->decode($response{body}) };

	return \%response;
}

sub host {
	my ($self, %opt) = @_;
	return '127.0.0.1:' . $self->port($opt{port} || 8080);
}

sub get { my ($self, $uri, %opt) = @_; $self->request('GET', $uri, %opt) }
sub put { my ($self, $uri, %opt) = @_; $self->request('PUT', $uri, %opt) }
sub delete { my $self = shift; $self->request('DELETE', @_) }

###############################################################################

# rooms below base (default: /meet/rooms/)

sub random_hex {
	my ($bytes) = @_;
	my $random;

	open my $fh, '<:raw', '/dev/urandom' or die "urandom: $!\n";
	read $fh, $random, $bytes;

	return unpack 'H*', $random;
}

sub tag { return random_hex(16) }

sub room_uri {
	my ($tag, %opt) = @_;
	return ($opt{base} || '/meet/rooms/') . $tag;
}

# a new room: (tag, host token); tag, proof and what request() takes

sub create_room {
	my ($self, %opt) = @_;

	my $tag = delete $opt{tag} || tag();
	my $proof = delete $opt{proof};
	my $response = $self->put(room_uri($tag, %opt),
		defined $proof ? (json => { proof => $proof }) : (), %opt);

	die "cannot create a room: $response->{text}\n"
		if $response->{status} != 201;

	return ($tag, $response->{json}{host});
}

sub delete_room {
	my ($self, $tag, $token, %opt) = @_;

	my $headers = $opt{headers} || {};

	return $self->delete(room_uri($tag, %opt), %opt, headers => {
		Authorization => "Bearer $token", %$headers
	});
}

# a WebSocket of a room, not joined yet; see Test::Secmeet::WebSocket

sub ws {
	my ($self, $tag, %opt) = @_;

	my $host = $self->host(%opt);

	return Test::Secmeet::WebSocket->connect(
		socket => $self->connection(%opt), host => $host,
		origin => "http://$host", uri => room_uri($tag, %opt), %opt,
	);
}

# joins; dies if it may not.  (WebSocket, the "joined" message)

sub join {
	my ($self, $tag, %fields) = @_;

	my $ws = $self->ws($tag);
	my $joined = $ws->join(%fields);

	die "cannot join: " . JSON::PP->new->encode($joined || {}) . "\n"
		unless $joined && $joined->{type} eq 'joined';

	return wantarray ? ($ws, $joined) : $ws;
}

###############################################################################

# the end

sub alerts {
	my ($self) = @_;

	my @alerts;

	for my $line (split /\n/, $self->error_log()) {
		next unless $line =~ /\[(?:alert|emerg|crit)\]/;
		next if grep { $line =~ $_ } @{$self->{allowed}};
		push @alerts, $line;
	}

	return @alerts;
}

sub reports {
	my ($self) = @_;

	my @reports = grep { /runtime error:|ERROR: \w+Sanitizer/ }
		map { $self->read_file($_) } qw/ error.log stderr.log check.log /;

	for my $path (glob "$self->{testdir}/reports/*") {
		my $report = without_leaks_of_others($self->read_file(
			$path =~ s/^\Q$self->{testdir}\E//r));

		push @reports, $report if $report =~ /\S/;
	}

	return @reports;
}

# nginx exits without returning all of its memory, and not that of its
# configuration: any other leak counts if the module had a part in it

sub without_leaks_of_others {
	my ($report) = @_;

	return $report unless $report =~ /LeakSanitizer|definitely lost/;

	my @blocks = split /\n(?:==\d+== )?\n/, $report;

	@blocks = grep {
		/^Indirect leak/m ? 0
		: /^Direct leak|definitely lost/m ? /secmeet/ && !/ngx_init_cycle/
		: !/LeakSanitizer: detected|^SUMMARY: Addr.* leaked in/m
	} @blocks;

	return CORE::join("\n\n", @blocks);
}

sub last_words {
	my ($self) = @_;

	my @lines = split /\n/, $self->error_log();
	my $from = @lines > 40 ? @lines - 40 : 0;

	Test::More::diag("the end of the error log:");
	Test::More::diag($_) for @lines[$from .. $#lines];

	return;
}

sub remove {
	my ($self) = @_;

	if ($ENV{SECMEET_LEAVE}) {
		Test::More::diag("left: $self->{testdir}");

	} else {
		rmtree($self->{testdir});
	}

	return;
}

END {
	my $status = $?;
	my (@late, @alerts, @reports);

	@instances = grep { $_->{owner} == $$ } @instances;

	for my $t (@instances) {
		push @late, $t->{testdir} unless $t->stop();
		push @alerts, $t->alerts();
		push @reports, $t->reports();
	}

	if (@instances && ($planned || $unplanned)) {
		Test::More::is(scalar @late, 0, 'nginx stopped');
		Test::More::is(CORE::join("\n", @alerts), '', 'no alerts');
		Test::More::is(CORE::join("\n", @reports), '',
			'no sanitizer reports');
		Test::More::done_testing() if $unplanned;
	}

	for my $t (@instances) {
		$t->last_words() unless Test::More->builder->is_passing();
		$t->remove();
	}

	$? = $status;
}

###############################################################################

1;

###############################################################################
