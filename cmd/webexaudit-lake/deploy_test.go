package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/batch"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"webexaudit/cmd/webexaudit-lake/laketest"
)

const (
	examples    = "../../deploy/lake"
	examplePlan = "3f2a8c91d0b4"
)

func example(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// exampleLake is a plan of two audits, and the lake that it belongs to.
func exampleLake(t *testing.T) (lake, plan string) {
	t.Helper()
	top := t.TempDir()
	laketest.Copy(t, "sip-calls", filepath.Join(top, "captures", "hq", "a.pcapng.gz"))
	laketest.Copy(t, "unmarked-audio", filepath.Join(top, "captures", "branch", "b.pcapng.gz"))
	lake = filepath.Join(top, "lake")
	plan, _ = mustRun(t, statusOK, "plan", "--lake", lake, filepath.Join(top, "captures"))
	return lake, strings.TrimSpace(plan)
}

// audited counts the audits that are done.
func audited(t *testing.T, lake, plan string) int {
	t.Helper()
	return len(glob(t, lake, "runs/"+plan+"/audit-*.json"))
}

// TestKubernetes: the example is a job as Kubernetes knows it, and its arguments do an audit.
func TestKubernetes(t *testing.T) {
	var job batchv1.Job
	if err := yaml.UnmarshalStrict(example(t, "kubernetes.yaml"), &job); err != nil {
		t.Fatal(err)
	}
	pod := job.Spec.Template.Spec
	if job.Kind != "Job" || job.APIVersion != "batch/v1" || *job.Spec.CompletionMode != batchv1.IndexedCompletion ||
		job.Spec.BackoffLimitPerIndex == nil || pod.RestartPolicy != "Never" {
		t.Errorf("the job is %+v", job.Spec)
	}
	if rule := job.Spec.PodFailurePolicy.Rules[0].OnExitCodes; *rule.ContainerName != pod.Containers[0].Name ||
		!slices.Equal(rule.Values, []int32{statusUsage, statusInput}) {
		t.Errorf("the rule of failures is %+v", rule)
	}
	mounts := pod.Containers[0].VolumeMounts
	if pod.Containers[0].Env[0].Value != mounts[0].MountPath || mounts[0].Name != pod.Volumes[0].Name {
		t.Errorf("the captures have no room: %+v", pod)
	}
	t.Setenv("JOB_COMPLETION_INDEX", "1")
	exampleAudit(t, pod.Containers[0].Args)
}

// exampleAudit does an audit with the arguments of an example, but for the lake and the plan.
func exampleAudit(t *testing.T, args []string) {
	t.Helper()
	lake, plan := exampleLake(t)
	args = slices.Clone(args)
	i := slices.Index(args, "--lake") + 1
	args[i] = lake
	args[slices.Index(args, examplePlan)] = plan
	mustRun(t, statusOK, args...)
	if n := audited(t, lake, plan); n != 1 {
		t.Errorf("%d audits are done, want 1", n)
	}
}

func strict(t *testing.T, name string, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(example(t, name)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// TestBatch: the examples are what the API of AWS Batch takes, and the command does an audit.
func TestBatch(t *testing.T) {
	var definition batch.RegisterJobDefinitionInput
	var job batch.SubmitJobInput
	strict(t, "aws-batch-job-definition.json", &definition)
	strict(t, "aws-batch-job.json", &job)
	if *job.JobDefinition != *definition.JobDefinitionName || *job.ArrayProperties.Size < 2 ||
		!slices.Contains(definition.Type.Values(), definition.Type) {
		t.Errorf("the job is %+v of %+v", job, definition)
	}
	for _, r := range definition.ContainerProperties.ResourceRequirements {
		if !slices.Contains(r.Type.Values(), r.Type) {
			t.Errorf("there is no resource %s", r.Type)
		}
	}
	for _, e := range definition.RetryStrategy.EvaluateOnExit {
		if !slices.Contains(e.Action.Values(), e.Action) {
			t.Errorf("there is no action %s", e.Action)
		}
	}
	args := slices.Clone(definition.ContainerProperties.Command)
	for i, arg := range args {
		if name, ok := strings.CutPrefix(arg, "Ref::"); ok {
			args[i] = definition.Parameters[name]
		}
	}
	t.Setenv("AWS_BATCH_JOB_ARRAY_INDEX", "0")
	exampleAudit(t, args)
}

// TestSlurm: the script does the audit of its number; sbatch itself is not asked.
func TestSlurm(t *testing.T) {
	lake, plan := exampleLake(t)
	bin := t.TempDir()
	if err := os.Symlink(os.Args[0], filepath.Join(bin, "webexaudit-lake")); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(filepath.Join(examples, "slurm.sh"), plan)
	c.Env = append(os.Environ(), "LAKE_AS_PROGRAM=1", "PATH="+bin+":"+os.Getenv("PATH"), "WEBEXAUDIT_LAKE="+lake,
		"SLURM_ARRAY_TASK_ID=1", "SLURM_CPUS_PER_TASK=2")
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if n := audited(t, lake, plan); n != 1 {
		t.Errorf("%d audits are done, want 1", n)
	}
	for _, line := range strings.Split(string(example(t, "slurm.sh")), "\n") {
		if option, ok := strings.CutPrefix(line, "#SBATCH "); ok && !strings.HasPrefix(option, "--") {
			t.Errorf("no option of sbatch: %s", line)
		}
	}
}

// TestThirdParty: the file holds the licences of what is in the program, no more and no less.
func TestThirdParty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "THIRD_PARTY")
	c := exec.Command("go", "run", "./analyzer/pcaptest/licences", "-program", "webexaudit-lake", "-o", path)
	c.Dir = "../.."
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("THIRD_PARTY"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("THIRD_PARTY is not what make licences writes: %v", err)
	}
}
