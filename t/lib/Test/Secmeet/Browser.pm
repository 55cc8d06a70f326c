package Test::Secmeet::Browser;

# Copyright (C) secmeet contributors

# Runs a script of t/browser/ under node and takes over its results.
#
#     my $browser = Test::Secmeet::Browser->new();
#
#     $browser->run('failures.mjs', $url, please => {
#         'stop' => sub { $t->stop() },
#     });
#
# The script prints TAP, "figure ..." for what is worth telling in any case,
# and "please ..." to have one of the subs called; it then reads "done" or an
# error.  With within => [command] it is run by that.
#
# Browsers, profiles and caches are in a directory of this run; no process
# and no file is left when the script ends.
#
# SECMEET_VERBOSE prints all that the script says.

use warnings;
use strict;

use Exporter qw/ import /;

our @EXPORT_OK = qw/ page_config start_group end_group /;

use Cwd qw/ abs_path /;
use File::Basename qw/ dirname /;
use File::Path qw/ rmtree /;
use File::Temp ();
use IO::Handle ();
use IO::Select ();
use POSIX qw/ WNOHANG setsid /;
use Test::More ();
use Time::HiRes qw/ sleep time /;

###############################################################################

my $DIR = abs_path(dirname(__FILE__) . '/../../../browser');

my @instances;

###############################################################################

sub new {
	my ($class) = @_;

	my $self = bless { owner => $$ }, $class;

	# short, for the names of unix sockets

	$self->{dir} = File::Temp::tempdir('smb-XXXXXX', TMPDIR => 1);
	push @instances, $self;

	# so that what stands in END is done

	$SIG{INT} = $SIG{TERM} = sub { exit 130 };

	return $self;
}

# why browsers cannot be driven here, or ''

sub missing {
	for my $path (qw{ /usr/bin/chromium /usr/bin/firefox-esr }) {
		return "no $path" unless -x $path;
	}

	return '' if -e "$DIR/node_modules/.package-lock.json";
	return "no t/browser/node_modules (make test)";
}

sub run {
	my ($self, $script, $url, %opt) = @_;

	my $please = $opt{please} || {};
	my $seconds = $opt{timeout} || 180;
	my @args = @{$opt{args} || []};

	my $home = $self->{dir};
	my ($pid, $in, $out) = start_group(
		sub {
			chdir $DIR;
			$ENV{HOME} = $ENV{TMPDIR} = $ENV{XDG_RUNTIME_DIR} = $home;
			$ENV{XDG_CONFIG_HOME} = $ENV{XDG_CACHE_HOME} = $home;
		},
		@{$opt{within} || []}, 'node', $script, $url, @args
	);

	my $end = time() + $seconds;
	my $planned;

	while (defined(my $line = read_line($self, $out, $end))) {
		Test::More::note("$script: $line") if $ENV{SECMEET_VERBOSE};

		if ($line =~ /^(not )?ok \d+ - (.*)/) {
			Test::More::ok(!$1, $2);

		} elsif ($line =~ /^# (.*)/) {
			Test::More->builder->is_passing()
				? Test::More::note($1) : Test::More::diag($1);

		} elsif ($line =~ /^figure (.*)/) {
			Test::More::diag($1);

		} elsif ($line =~ /^please (\S+) (.*)/) {
			print $in do_it($please, $1, $2), "\n";

		} elsif ($line =~ /^1\.\.\d+$/) {
			$planned = 1;
		}
	}

	my $ended = end_group($pid, 10);

	Test::More::ok($planned && $ended, "$script came to its end");

	return;
}

sub do_it {
	my ($please, $what, $argument) = @_;

	my $sub = $please->{$what} or return 'nobody does that';

	return eval { $sub->($argument); 1 } ? 'done' : $@ =~ s/\n/ /gr;
}

sub read_line {
	my ($self, $out, $end) = @_;

	my $select = IO::Select->new($out);

	$self->{read} //= '';

	for ( ;; ) {
		return $1 if $self->{read} =~ s/^(.*)\n//;

		my $left = $end - time();

		if ($left <= 0 || !$select->can_read($left)) {
			Test::More::diag("the script took too long");
			return;
		}

		return unless $out->sysread($self->{read}, 65536,
			length $self->{read});
	}
}

###############################################################################

# an nginx.conf for Test::Secmeet, with the page as conf/ serves it; with
# more for the media server

sub page_config {
	my ($media) = @_;

	my $top = abs_path("$DIR/../..");

	open my $fh, '<', "$top/conf/secmeet-http.conf" or die "conf: $!\n";
	local $/;
	my $page = <$fh>;

	$page =~ s{/usr/share/secmeet/html/}{$top/html/};
	$media //= '';

	return <<"EOC";
%%GLOBALS%%

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
        $media
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        $page
    }
}
EOC
}

###############################################################################

# processes

# a command in a session of its own: (pid, its input, its output)

sub start_group {
	my ($prepare, @command) = @_;

	pipe my $child_in, my $in or die "pipe: $!\n";
	pipe my $out, my $child_out or die "pipe: $!\n";

	my $pid = fork();

	die "fork: $!\n" unless defined $pid;

	if ($pid == 0) {
		setsid();
		$prepare->();
		open STDIN, '<&', $child_in;
		open STDOUT, '>&', $child_out;
		exec @command or POSIX::_exit(127);
	}

	close $child_in;
	close $child_out;
	$in->autoflush(1);

	return ($pid, $in, $out);
}

# true if the group ended within its time, by itself or by the signal

sub end_group {
	my ($pid, $seconds, $signal) = @_;

	kill $signal, -$pid if $signal;

	my $end = time() + $seconds;

	while (time() < $end) {
		waitpid $pid, WNOHANG;
		return 1 unless kill 0, -$pid;
		sleep 0.05;
	}

	kill 'KILL', -$pid;
	waitpid $pid, 0;

	return 0;
}

# browsers have sessions of their own; what was started by this run has its
# directory in the environment

sub leftovers {
	my ($self) = @_;
	my @pids;

	for my $path (glob '/proc/[0-9]*/environ') {
		open my $fh, '<:raw', $path or next;
		local $/;
		my $environ = <$fh> // '';

		push @pids, $1
			if $environ =~ /(?:^|\0)TMPDIR=\Q$self->{dir}\E(?:\0|$)/
			&& $path =~ m{/(\d+)/};
	}

	return @pids;
}

END {
	my $status = $?;

	for my $self (grep { $_->{owner} == $$ } @instances) {
		for (1 .. 40) {
			my @pids = $self->leftovers() or last;

			kill 'KILL', @pids if $_ > 20;
			sleep 0.05;
		}

		rmtree($self->{dir});
	}

	$? = $status;
}

###############################################################################

1;

###############################################################################
